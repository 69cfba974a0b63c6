//! A ZIP archive of files as they are (APPNOTE 6.3, method 0), in the one form that is written here.
//!
//! An archive in any other form is refused, so every byte of it counts. General ZIP libraries accept many forms, which is why
//! this is our own: a flipped time or attribute has to be found as well.

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Name without folders, ASCII.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Why bytes are no archive of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not begin as one, or ends within a file.
    #[error("this is no bundle, or it was cut off: file {0} (counted from 1) cannot be read")]
    File(usize),
    /// Something between or around the files is not as it is written.
    #[error("the archive around the files was changed at byte {0}")]
    Around(usize),
}

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
/// 1 January 1980, the first day the format knows.
const DATE: u16 = 0x21;
const LOCAL_BYTES: usize = 30;

/// The archive of the files, in their order. The same files give the same bytes.
pub fn write(files: &[File]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let offset = size(out.len());
        let name = file.name.as_bytes();
        let mut common = Vec::with_capacity(26);
        // Version 1.0, no flags, stored, midnight.
        for short in [10, 0, 0, 0, DATE] {
            common.extend(u16::to_le_bytes(short));
        }
        for long in [crc32fast::hash(&file.bytes), size(file.bytes.len()), size(file.bytes.len())] {
            common.extend(long.to_le_bytes());
        }
        common.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        common.extend([0, 0]);
        out.extend(LOCAL);
        out.extend(&common);
        out.extend(name);
        out.extend(&file.bytes);
        directory.extend(CENTRAL);
        directory.extend(10_u16.to_le_bytes());
        directory.extend(&common);
        // No comment, first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name);
    }
    let (start, count) = (size(out.len()), u16::try_from(files.len()).unwrap_or(u16::MAX));
    out.extend(&directory);
    out.extend(END);
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size(directory.len()).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// Sizes beyond 4 GiB do not occur: a bundle is made in memory and a request is limited.
fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The files of an archive, whatever else is wrong with it.
///
/// # Errors
/// [`Refused::File`] where a file cannot be told from what is around it.
pub fn read(bytes: &[u8]) -> Result<Vec<File>, Refused> {
    let mut files = Vec::new();
    let mut rest = bytes;
    while rest.get(..4) == Some(&LOCAL) {
        let (file, after) = one(rest).ok_or(Refused::File(files.len() + 1))?;
        files.push(file);
        rest = after;
    }
    if files.is_empty() || rest.get(..4) != Some(&CENTRAL) {
        return Err(Refused::File(files.len() + 1));
    }
    Ok(files)
}

fn one(bytes: &[u8]) -> Option<(File, &[u8])> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let short = |at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let (length, name, extra) = (number(22)?, short(26)?, short(28)?);
    let start = LOCAL_BYTES.checked_add(name)?.checked_add(extra)?;
    let end = start.checked_add(length)?;
    let file = File {
        name: String::from_utf8_lossy(bytes.get(LOCAL_BYTES..LOCAL_BYTES + name)?).into_owned(),
        bytes: bytes.get(start..end)?.to_vec(),
    };
    Some((file, bytes.get(end..)?))
}

/// Whether the bytes are the one form of these files.
///
/// # Errors
/// [`Refused::Around`] with the first byte that is not.
pub fn exact(bytes: &[u8], files: &[File]) -> Result<(), Refused> {
    let expected = write(files);
    let differs = expected.iter().zip(bytes).position(|(a, b)| a != b);
    match differs {
        Some(at) => Err(Refused::Around(at)),
        None if expected.len() != bytes.len() => Err(Refused::Around(expected.len().min(bytes.len()))),
        None => Ok(()),
    }
}
