//! Closed sets of values, each with its name in the database and on the wire and its name for people.

/// Declares the enum with `ALL`, `as_str`, `label` and `parse`; a value that is added is in all of them.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $wire:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $wire)] $item,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$item),+];

            /// The name used in the database and on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$item => $wire,)+ }
            }

            /// Human name for labels; of a unit, its symbol.
            pub fn label(self) -> &'static str {
                match self { $(Self::$item => $label,)+ }
            }

            /// The value with this wire name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|n| n.as_str() == name)
            }
        }
    };
}

pub(crate) use names;
