//! Text columns whose values are an enumeration of `domain`.

use crate::{Error, Result};

/// The value a column's text stands for; a text that no build ever wrote is a fault of the database's content.
pub(crate) fn column<T>(name: &str, text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| {
        Error::Database(sqlx::Error::ColumnDecode {
            index: name.to_owned(),
            source: format!("unknown value “{text}”").into(),
        })
    })
}
