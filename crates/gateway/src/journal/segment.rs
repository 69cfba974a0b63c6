//! The bytes of a segment: an 8-byte magic, then records. See docs/GATEWAY.md.

/// First bytes of every segment file; the last two digits are the format version.
pub(super) const MAGIC: [u8; 8] = *b"GSJRNL01";
/// Bytes before a record's body: length u32, CRC32C u32, boot u64, seq u64, flags u8; little endian.
pub(super) const HEADER: usize = 25;
/// Largest body of one record, bytes. Checked before anything is allocated.
pub(super) const MAX_BODY: usize = 1 << 20;

const LAST: u8 = 1;

/// The fixed part of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) body: usize,
    pub(super) crc: u32,
    pub(super) boot: u64,
    pub(super) seq: u64,
    /// The record closes its envelope.
    pub(super) last: bool,
}

/// Appends one record to `out`. The caller keeps `body` within [`MAX_BODY`].
pub(super) fn encode(boot: u64, seq: u64, last: bool, body: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&boot.to_le_bytes());
    out.extend_from_slice(&seq.to_le_bytes());
    out.push(if last { LAST } else { 0 });
    out.extend_from_slice(body);
    let crc = checksum(&out[start..]);
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
}

/// Reads a header, or `None` when no record this program writes starts with these bytes.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let body = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let crc = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let boot = u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
    let seq = u64::from_le_bytes(bytes.get(16..24)?.try_into().ok()?);
    let flags = *bytes.get(24)?;
    let sane = body <= MAX_BODY && boot != 0 && seq != 0 && flags <= LAST;
    sane.then_some(Header { body, crc, boot, seq, last: flags == LAST })
}

/// The record at the start of `bytes`, checked: its header and its body.
pub(super) fn record(bytes: &[u8]) -> Option<(Header, &[u8])> {
    let header = header(bytes)?;
    let whole = bytes.get(..HEADER + header.body)?;
    (checksum(whole) == header.crc).then(|| (header, &whole[HEADER..]))
}

/// CRC32C of the whole record but its checksum field.
fn checksum(record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&record[..4]), &record[8..])
}
