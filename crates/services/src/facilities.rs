//! Setting up a facility from its file.

use crate::audit::{Actor, Entry, record};
use crate::{Context, Error, FieldError, Result};
use domain::access::Scope;
use domain::facility::FacilityFile;
use domain::id::{FacilityId, GatewayId, OrganisationId, PointId, ZoneId};
use domain::point::PointSpec;
use std::collections::BTreeMap;
use store::points::{Place, Point};
use store::{Tx, facilities, gateways, points, zones};

/// Name of the one gateway a facility file describes.
const GATEWAY: &str = "gateway";

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// The facility.
    pub facility: FacilityId,
    /// Its gateway.
    pub gateway: GatewayId,
    /// Version of the gateway's point map, raised if a point changed.
    pub map_version: i32,
    /// Points that were not there before.
    pub added: u32,
    /// Points that differ from before.
    pub changed: u32,
    /// Points the file no longer has: kept with their history, no longer read.
    pub retired: u32,
}

/// Creates the facility of the file with its zones, gateway and points, or brings it up to date. Importing the same
/// file again changes nothing.
///
/// # Errors
/// `Invalid` names every field that is wrong, also where a channel would change what it measures;
/// `Conflict` when another organisation has a facility of this slug.
pub async fn create_from_file(
    ctx: &Context,
    organisation: OrganisationId,
    file: &FacilityFile,
) -> Result<Imported> {
    let problems = file.problems();
    if !problems.is_empty() {
        let fields = problems.into_iter().map(|p| FieldError { field: p.field, message: p.message });
        return Err(Error::Invalid(fields.collect()));
    }
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let facility = facilities::upsert(&mut tx, organisation, file).await.map_err(|error| match error {
        store::Error::Conflict { constraint } if constraint == "facilities_slug_key" => {
            Error::Conflict(format!("Another organisation has a facility called “{}” already.", file.slug))
        }
        error => error.into(),
    })?;
    let mut zone_ids = BTreeMap::new();
    for (position, zone) in (0..).zip(&file.zones) {
        zone_ids.insert(
            zone.slug.as_str(),
            zones::upsert(&mut tx, organisation, facility, position, zone).await?,
        );
    }
    let gateway = gateways::ensure(&mut tx, organisation, facility, GATEWAY).await?;
    let place = Place { organisation, facility, gateway, zone: None };
    let imported = import_points(ctx, &mut tx, place, &file.points, &zone_ids).await?;
    let entry = Entry {
        organisation,
        actor: Actor::Background("server admin"),
        action: "facility.imported",
        subject: format!("facility:{}", file.slug),
        facility: Some(facility),
        detail: serde_json::json!({
            "zones": file.zones.len(),
            "points_added": imported.added,
            "points_changed": imported.changed,
            "points_retired": imported.retired,
            "map_version": imported.map_version,
        }),
    };
    record(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(imported)
}

/// Brings the gateway's points in line with the file and raises the map version if any differs.
async fn import_points(
    ctx: &Context,
    tx: &mut Tx<'_>,
    place: Place,
    specs: &[PointSpec],
    zone_ids: &BTreeMap<&str, ZoneId>,
) -> Result<Imported> {
    let before: BTreeMap<u32, Point> =
        points::of_gateway(tx, place.gateway).await?.into_iter().map(|p| (p.spec.channel, p)).collect();
    check_channels(&before, specs)?;
    let differs = |spec: &&PointSpec| {
        before.get(&spec.channel).is_none_or(|p| p.spec != **spec || p.retired_at.is_some())
    };
    let kept = |channel: u32| specs.iter().any(|s| s.channel == channel);
    let retired: Vec<&Point> =
        before.values().filter(|p| p.retired_at.is_none() && !kept(p.spec.channel)).collect();
    let upserts: Vec<&PointSpec> = specs.iter().filter(differs).collect();

    for point in &retired {
        points::retire(tx, point.id, ctx.clock.now()).await?;
    }
    // Names are unique in a facility, so those that move from one channel to another are freed first.
    let taken: Vec<PointId> = before
        .values()
        .filter(|p| upserts.iter().any(|s| s.name == p.spec.name && s.channel != p.spec.channel))
        .map(|p| p.id)
        .collect();
    points::park_names(tx, &taken).await?;
    for spec in &upserts {
        let zone = spec.zone.as_deref().and_then(|slug| zone_ids.get(slug).copied());
        points::upsert(tx, Place { zone, ..place }, spec).await?;
    }
    let fresh = upserts.iter().filter(|s| !before.contains_key(&s.channel)).count();
    let map_version = match upserts.len() + retired.len() {
        0 => gateways::map_version(tx, place.gateway).await?,
        // The first import describes version 1, with which the gateway was made.
        _ if before.is_empty() => gateways::map_version(tx, place.gateway).await?,
        _ => gateways::raise_map_version(tx, place.gateway).await?,
    };
    let count = |n: usize| u32::try_from(n).map_err(Error::internal);
    Ok(Imported {
        facility: place.facility,
        gateway: place.gateway,
        map_version,
        added: count(fresh)?,
        changed: count(upserts.len() - fresh)?,
        retired: count(retired.len())?,
    })
}

/// A channel's stored readings mean what they meant: its metric, kind and decimals never change.
fn check_channels(before: &BTreeMap<u32, Point>, specs: &[PointSpec]) -> Result<()> {
    let refused = specs.iter().enumerate().filter_map(|(index, new)| {
        let old = &before.get(&new.channel)?.spec;
        let same = old.metric == new.metric && old.kind == new.kind && old.decimals == new.decimals;
        (!same).then(|| FieldError {
            field: format!("points[{index}].channel"),
            message: format!(
                "Channel {} holds readings of “{}” ({}, {}, {} decimals); give a point that differs in these a new channel.",
                new.channel,
                old.name,
                old.metric.as_str(),
                old.kind.as_str(),
                old.decimals
            ),
        })
    });
    let refused: Vec<FieldError> = refused.collect();
    if refused.is_empty() { Ok(()) } else { Err(Error::Invalid(refused)) }
}
