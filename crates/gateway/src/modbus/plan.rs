//! Which registers to read together.

use std::collections::BTreeMap;

use domain::gateway_map::GatewayMap;
use domain::point::{Encoding, Source};
use rust_decimal::Decimal;

use crate::number;

/// Most registers in one request: 40 values of two, what common meters allow.
const MOST_REGISTERS: u16 = 80;

/// One point within a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) channel: u32,
    /// First register, counted from the start of the read.
    pub(super) offset: u16,
    pub(super) encoding: Encoding,
    pub(super) scale: Decimal,
    pub(super) decimals: u8,
}

/// One request: neighbouring registers of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) unit: u8,
    pub(super) function: u8,
    pub(super) start: u16,
    pub(super) count: u16,
    pub(super) fields: Vec<Field>,
}

impl Read {
    /// The raw values in the registers of this read; NaN and what does not fit are left out.
    pub(super) fn values(&self, words: &[u16]) -> Vec<(u32, i64)> {
        let value = |field: &Field| {
            let words = words.get(usize::from(field.offset)..)?;
            let raw = number::to_raw(number::decode(field.encoding, words)?, field.scale, field.decimals)?;
            Some((field.channel, raw))
        };
        self.fields.iter().filter_map(value).collect()
    }
}

/// Reads by device address. Registers are read together when nothing lies between them: what a meter does not
/// define, it may refuse.
pub(super) fn plan(map: &GatewayMap) -> BTreeMap<String, Vec<Read>> {
    let mut points = BTreeMap::<_, Vec<(u16, Field)>>::new();
    for point in &map.points {
        if let Some(Source::Modbus { address, unit, function, register, encoding, scale }) = &point.source {
            let field = Field {
                channel: point.channel,
                offset: 0,
                encoding: *encoding,
                scale: *scale,
                decimals: point.decimals,
            };
            points.entry((address.as_str(), *unit, *function)).or_default().push((*register, field));
        }
    }
    let mut plan: BTreeMap<String, Vec<Read>> = BTreeMap::new();
    for ((address, unit, function), mut fields) in points {
        fields.sort_by_key(|(register, field)| (*register, field.channel));
        let reads = plan.entry(address.to_owned()).or_default();
        let before = reads.len();
        for (register, mut field) in fields {
            let Some(end) = register.checked_add(number::registers(field.encoding)) else {
                tracing::error!(
                    channel = field.channel,
                    register,
                    "registers end at 65535; the point is not read"
                );
                continue;
            };
            match reads.get_mut(before..).and_then(<[Read]>::last_mut) {
                Some(read) if register <= read.start + read.count && end - read.start <= MOST_REGISTERS => {
                    field.offset = register - read.start;
                    read.count = read.count.max(end - read.start);
                    read.fields.push(field);
                }
                _ => {
                    reads.push(Read {
                        unit,
                        function,
                        start: register,
                        count: end - register,
                        fields: vec![field],
                    });
                }
            }
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::GatewayId;
    use domain::point::{Kind, Metric, PointSpec};
    use proptest::prelude::*;

    fn map(registers: &[(u8, u16, Encoding)]) -> GatewayMap {
        let point = |(channel, &(unit, register, encoding)): (usize, &(u8, u16, Encoding))| PointSpec {
            channel: u32::try_from(channel).unwrap(),
            name: format!("p{channel}"),
            zone: None,
            metric: Metric::Power,
            kind: Kind::Gauge,
            decimals: 1,
            end_use: None,
            interval_ms: 10_000,
            modulus: None,
            rate_max: None,
            valid_min: None,
            valid_max: None,
            source: Some(Source::Modbus {
                address: "meter:502".into(),
                unit,
                function: 4,
                register,
                encoding,
                scale: Decimal::ONE,
            }),
        };
        GatewayMap {
            gateway: GatewayId(uuid::Uuid::from_u128(1)),
            version: 1,
            tick_ms: 1000,
            ticks_per_envelope: 1,
            points: registers.iter().enumerate().map(point).collect(),
        }
    }

    #[test]
    fn neighbours_share_a_request_and_gaps_do_not() {
        let f = Encoding::F32Be;
        let plan = plan(&map(&[(1, 2, f), (1, 0, f), (1, 52, f), (2, 4, f), (1, 0, f)]));
        let reads: Vec<_> =
            plan["meter:502"].iter().map(|r| (r.unit, r.start, r.count, r.fields.len())).collect();
        assert_eq!(reads, [(1, 0, 4, 3), (1, 52, 2, 1), (2, 4, 2, 1)]);
    }

    #[test]
    fn a_request_stays_within_eighty_registers() {
        let all: Vec<_> = (0..100).map(|i| (1, i * 2, Encoding::F32Be)).collect();
        let counts: Vec<_> = plan(&map(&all))["meter:502"].iter().map(|r| (r.start, r.count)).collect();
        assert_eq!(counts, [(0, 80), (80, 80), (160, 40)]);
    }

    #[test]
    fn registers_past_the_end_are_not_read() {
        assert!(plan(&map(&[(1, u16::MAX, Encoding::F32Be)]))["meter:502"].is_empty());
    }

    fn encoding() -> impl Strategy<Value = Encoding> {
        prop_oneof![Just(Encoding::U16), Just(Encoding::U32Be), Just(Encoding::U64Be)]
    }

    proptest! {
        #[test]
        fn every_point_gets_its_own_registers(
            points in proptest::collection::vec((1_u8..3, 0_u16..300, encoding()), 1..60),
        ) {
            let mut seen = 0;
            for read in &plan(&map(&points))["meter:502"] {
                prop_assert!(read.count <= MOST_REGISTERS);
                // Each register holds its own address.
                let words: Vec<u16> = (read.start..read.start + read.count).collect();
                for (channel, raw) in read.values(&words) {
                    let (unit, register, encoding) = points[channel as usize];
                    prop_assert_eq!(unit, read.unit);
                    let number = (0..number::registers(encoding)).fold(0_i64, |n, i| n << 16 | i64::from(register + i));
                    prop_assert_eq!(i128::from(raw), i128::from(number) * 10);
                    seen += 1;
                }
            }
            prop_assert_eq!(seen, points.len());
        }
    }
}
