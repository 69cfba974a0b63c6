//! Variable-length integers (LEB128; signed ones zigzag-coded first), as the envelope and the live frames use them.

/// Bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end before the message does.
    #[error("the message ends too early")]
    Truncated,
    /// The checksum does not match the bytes.
    #[error("the checksum does not match")]
    Checksum,
    /// A version this build does not know.
    #[error("unknown format version {0}")]
    Version(u8),
    /// Something else is wrong; the text says what.
    #[error("{0}")]
    Invalid(&'static str),
}

/// Appends an unsigned integer: 7 bits a byte, least significant first.
#[expect(clippy::cast_possible_truncation, reason = "only the low seven bits are taken")]
pub fn put_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed integer so that small magnitudes of either sign stay short.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_unsigned(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Reads integers and bytes off the front of a slice.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// One unsigned integer of at most ten bytes.
    pub fn unsigned(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for (position, &byte) in self.rest.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            if position == 9 && bits > 1 {
                break;
            }
            value |= bits << (7 * position);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[position + 1..];
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 {
            DecodeError::Truncated
        } else {
            DecodeError::Invalid("integer is longer than 64 bits")
        })
    }

    /// One zigzag-coded signed integer.
    pub fn signed(&mut self) -> Result<i64, DecodeError> {
        let coded = self.unsigned()?;
        Ok((coded >> 1).cast_signed() ^ -((coded & 1).cast_signed()))
    }

    /// Checks that nothing is left over.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::Invalid("the message has extra bytes")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_survive() {
        for value in [0, 1, -1, 63, -64, 64, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            put_signed(&mut out, value);
            put_unsigned(&mut out, value.cast_unsigned());
            let mut reader = Reader::new(&out);
            assert_eq!(reader.signed(), Ok(value));
            assert_eq!(reader.unsigned(), Ok(value.cast_unsigned()));
            assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn sixty_four_takes_one_byte_less_than_its_neighbour() {
        let length = |value| {
            let mut out = Vec::new();
            put_signed(&mut out, value);
            out.len()
        };
        assert_eq!((length(63), length(-64), length(64)), (1, 1, 2));
    }

    #[test]
    fn overlong_and_cut_integers_are_refused() {
        assert_eq!(Reader::new(&[0x80]).unsigned(), Err(DecodeError::Truncated));
        assert!(matches!(Reader::new(&[0xff; 11]).unsigned(), Err(DecodeError::Invalid(_))));
    }
}
