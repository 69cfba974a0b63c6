//! What happens to every request before and after its route.

pub mod headers;
pub mod identity;
pub mod observe;
pub mod same_origin;
