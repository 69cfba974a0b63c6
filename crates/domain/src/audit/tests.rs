use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(7));

fn chain(length: u64) -> Vec<Record> {
    let mut previous = Hash::NONE;
    (1..=length)
        .map(|height| {
            let event = Event {
                organisation: ORGANISATION,
                height,
                at: DateTime::from_timestamp_micros(1_700_000_000_000_000 + height.cast_signed()).unwrap(),
                actor_id: (height % 2 == 0).then_some(UserId(Uuid::from_u128(height.into()))),
                actor: format!("actor {height}"),
                action: "thing.done".to_owned(),
                subject: format!("thing:{height}"),
                facility: (height % 3 == 0).then_some(FacilityId(Uuid::from_u128(9))),
                detail: format!("{{\"n\":{height}}}"),
            };
            let record = Record::seal(event, previous);
            previous = record.hash;
            record
        })
        .collect()
}

fn check(records: &[Record], expected: Option<(u64, Hash)>) -> Result<(u64, Hash), Broken> {
    let mut chain = Chain::new(ORGANISATION, expected);
    for record in records {
        chain.push(record)?;
    }
    chain.finish()
}

/// Every way of changing one record, by number.
fn tamper(record: &mut Record, field: usize, bit: usize) {
    let flip = |bytes: &mut [u8]| {
        let at = bit % (bytes.len() * 8);
        bytes[at / 8] ^= 1 << (at % 8);
    };
    let flip_text = |text: &mut String| {
        let mut bytes = std::mem::take(text).into_bytes();
        // The lowest bits keep ASCII texts valid UTF-8.
        let at = bit % bytes.len();
        bytes[at] ^= 1 << (bit % 5);
        *text = String::from_utf8(bytes).unwrap();
    };
    match field {
        0 => record.event.height ^= 1 << (bit % 16),
        1 => record.event.at += chrono::TimeDelta::microseconds(1 << (bit % 40)),
        2 => record.event.actor_id = record.event.actor_id.map_or(Some(UserId(Uuid::nil())), |_| None),
        3 => flip_text(&mut record.event.actor),
        4 => flip_text(&mut record.event.action),
        5 => flip_text(&mut record.event.subject),
        6 => record.event.facility = record.event.facility.map_or(Some(FacilityId(Uuid::nil())), |_| None),
        7 => flip_text(&mut record.event.detail),
        8 => flip(&mut record.previous.0),
        9 => flip(&mut record.hash.0),
        _ => record.event.organisation = OrganisationId(Uuid::from_u128(8)),
    }
}

proptest! {
    #[test]
    fn a_changed_record_is_named(length in 1u64..20, index: prop::sample::Index, field in 0usize..11, bit: usize) {
        let mut records = chain(length);
        let index = index.index(records.len());
        tamper(&mut records[index], field, bit);
        prop_assert_eq!(check(&records, None).unwrap_err().height, index as u64 + 1);
    }

    #[test]
    fn a_missing_record_is_named(length in 2u64..20, index: prop::sample::Index) {
        let mut records = chain(length);
        let index = index.index(records.len() - 1);
        records.remove(index);
        prop_assert_eq!(check(&records, None), Err(Broken { height: index as u64 + 1, fault: Fault::Missing }));
    }

    #[test]
    fn a_missing_stretch_in_the_middle_is_named(length in 4u64..20, a: prop::sample::Index, b: prop::sample::Index) {
        let mut records = chain(length);
        let (a, b) = (a.index(records.len() - 1), b.index(records.len() - 1));
        let (from, to) = (a.min(b), a.max(b) + 1);
        records.drain(from..to);
        prop_assert_eq!(check(&records, None).unwrap_err().height, from as u64 + 1);
    }

    #[test]
    fn exchanged_records_are_named(length in 2u64..20, a: prop::sample::Index, b: prop::sample::Index) {
        let records = chain(length);
        let (a, b) = (a.index(records.len()), b.index(records.len()));
        prop_assume!(a != b);
        let mut moved = records.clone();
        moved.swap(a, b);
        prop_assert_eq!(check(&moved, None).unwrap_err().height, a.min(b) as u64 + 1);
        // Exchanged with their heights corrected: the content no longer fits the hash.
        for (record, original) in moved.iter_mut().zip(&records) {
            record.event.height = original.event.height;
        }
        prop_assert_eq!(check(&moved, None).unwrap_err().height, a.min(b) as u64 + 1);
    }

    #[test]
    fn a_cut_or_rewritten_end_is_named_by_what_was_noted(length in 2u64..20, index: prop::sample::Index) {
        let records = chain(length);
        let noted = check(&records, None).unwrap();
        prop_assert_eq!(noted.0, length);
        let keep = index.index(records.len());
        let cut = &records[..keep];
        prop_assert!(check(cut, None).is_ok());
        prop_assert_eq!(check(cut, Some(noted)), Err(Broken { height: keep as u64 + 1, fault: Fault::Missing }));

        // Rewritten from `keep` on, with every hash made again.
        let mut previous = cut.last().map_or(Hash::NONE, |r| r.hash);
        let mut rewritten = cut.to_vec();
        for record in &records[keep..] {
            let event = Event { actor: "somebody else".to_owned(), ..record.event.clone() };
            let record = Record::seal(event, previous);
            previous = record.hash;
            rewritten.push(record);
        }
        prop_assert!(check(&rewritten, None).is_ok());
        prop_assert_eq!(check(&rewritten, Some(noted)), Err(Broken { height: length, fault: Fault::Rewritten }));
    }
}

/// The value comes from an implementation of the documented form in another language.
#[test]
fn the_hash_of_a_record_never_changes() {
    let record = chain(3).pop().unwrap();
    let text = record.hash.to_string();
    assert_eq!(text, "25f1894fe20335067ecd36f5970981a41301dc6a048abf5d9f0d96e729ba63b3");
    assert_eq!(text.parse::<Hash>().unwrap(), record.hash);
}
