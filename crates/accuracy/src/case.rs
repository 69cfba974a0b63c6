//! What happens in the reporting period besides the retrofit.

use std::fmt;

/// A story with known truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Lamps and climate equipment are replaced; growing goes on as before.
    SameProduction,
    /// A quarter more canopy, in denser rooms or in a new one.
    MoreCanopy,
    /// One of four rooms stands empty for six months.
    IdleRoom,
    /// The recipe calls for a fifth more light in every room.
    MoreLight,
    /// A load that nobody reported runs for ninety days.
    ExtraLoad,
    /// The retrofit in a glasshouse: sun, lamps as needed, vents, electric heating.
    Greenhouse,
    /// Nothing is replaced; the true savings are zero.
    Placebo,
}

impl Case {
    /// Every case in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::SameProduction,
        Self::MoreCanopy,
        Self::IdleRoom,
        Self::MoreLight,
        Self::ExtraLoad,
        Self::Greenhouse,
        Self::Placebo,
    ];

    /// The name in tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameProduction => "same-production",
            Self::MoreCanopy => "canopy+25%",
            Self::IdleRoom => "idle-room",
            Self::MoreLight => "ppfd+20%",
            Self::ExtraLoad => "extra-load-90d",
            Self::Greenhouse => "greenhouse",
            Self::Placebo => "placebo",
        }
    }

    /// The case of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// Number that keeps the draws of one case apart from another's.
    pub(crate) const fn stream(self) -> u64 {
        1 + self as u64
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
