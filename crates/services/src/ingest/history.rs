//! Envelope history files: a plain sequence of (length as 4 bytes little-endian, envelope).

use super::accept::Counts;
use super::{Arrival, Registry, Window, accept};
use crate::{Context, Error, Result};
use domain::envelope::BYTES_MAX;
use domain::id::GatewayId;
use std::io::{ErrorKind, Read};

/// Bytes of envelopes in a transaction, about as many readings: bounds memory, and outweighs what a commit costs.
const GROUP_BYTES: usize = 600_000;
/// Envelopes in a transaction.
const GROUP_ENVELOPES: usize = 4_000;

/// Takes a history file through the same path as live envelopes, without the limit on their age. It can be repeated:
/// what is there already is not taken twice. `progress` hears of every commit.
///
/// # Errors
/// `Invalid` when the file is cut short or holds something longer than an envelope can be; `NotFound` when there
/// is no such gateway; when the database fails. What was committed before stays.
pub async fn import_history(
    ctx: &Context,
    gateway: GatewayId,
    reader: &mut (dyn Read + Send),
    mut progress: impl FnMut(Counts),
) -> Result<Counts> {
    let registry = Registry::default();
    let mut total = Counts::default();
    loop {
        let (mut group, mut bytes, mut ended) = (Vec::new(), 0, false);
        while bytes < GROUP_BYTES && group.len() < GROUP_ENVELOPES {
            let Some(payload) = next(reader)? else {
                ended = true;
                break;
            };
            bytes += payload.len();
            group.push(Arrival { gateway, payload, received_at: ctx.clock.now() });
        }
        if !group.is_empty() {
            let accepted = Box::pin(accept(ctx, &registry, &group, Window::History)).await?;
            if accepted.counts.strangers > 0 {
                return Err(Error::NotFound);
            }
            total = total.plus(accepted.counts);
            progress(total);
        }
        if ended {
            return Ok(total);
        }
    }
}

/// The next envelope of the file; none at its end.
fn next(reader: &mut dyn Read) -> Result<Option<Vec<u8>>> {
    let invalid = |text: &str| Error::field("file", text);
    let mut length = [0u8; 4];
    let mut filled = 0;
    while filled < length.len() {
        match reader.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(invalid("The file ends in the middle of a length.")),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::internal(error)),
        }
    }
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > BYTES_MAX {
        return Err(invalid(
            "The file holds something longer than an envelope can be; is it an envelope history?",
        ));
    }
    let mut payload = vec![0; length];
    match reader.read_exact(&mut payload) {
        Ok(()) => Ok(Some(payload)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(invalid("The file ends in the middle of an envelope."))
        }
        Err(error) => Err(Error::internal(error)),
    }
}
