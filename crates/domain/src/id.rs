//! Identifiers. UUIDv7 values are made in `services` and `store`; this crate never invents one.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A tenant: a vendor, a customer or a verifier firm.
    OrganisationId,
    /// A person who signs in.
    UserId,
    /// A grower's site with one time zone and currency.
    FacilityId,
    /// A room or compartment of a facility.
    ZoneId,
    /// One measured channel: a meter register or a sensor.
    PointId,
    /// An edge agent that uploads envelopes.
    GatewayId,
    /// One import of a utility file.
    ImportId,
    /// A metered series of a utility file.
    UtilitySeriesId,
    /// A quarantined envelope or reading.
    QuarantineId,
    /// A baseline of a facility.
    BaselineId,
    /// An invitation to verify a baseline.
    VerificationId,
    /// A non-routine event.
    EventId,
    /// A note on the timeline.
    NoteId,
    /// A rule of alerts.
    AlertRuleId,
    /// A time in which an alert held.
    AlertEpisodeId,
    /// A comment on a baseline.
    CommentId,
    /// A weather station of a facility.
    StationId,
    /// A frozen set of weather hours.
    WeatherSetId,
    /// An uploaded weather file that waits to be stored.
    WeatherDraftId,
    /// A token of the REST interface.
    TokenId,
    /// A performance report.
    ReportId,
    /// A piece of work that takes longer than a request may.
    JobId,
    /// A report's choices, kept under a name.
    TemplateId,
}
