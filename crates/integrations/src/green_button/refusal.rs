//! Wording of refusals: what is wrong and what a person can do.

use super::Error;
use super::input::{Bound, Limits};
use domain::utility::Refusal;

pub(super) fn refusal(
    subject: impl Into<String>,
    element: impl Into<String>,
    reason: impl Into<String>,
    advice: impl Into<String>,
) -> Refusal {
    Refusal { subject: subject.into(), element: element.into(), reason: reason.into(), advice: advice.into() }
}

pub(super) const ASK_UTILITY: &str = "Ask the utility for a complete Green Button export (\"Download My Data\"), or import another of its formats.";

fn file(element: &str, reason: String, advice: &str) -> Error {
    Error::Refused(Box::new(refusal("The file", element, reason, advice)))
}

pub(super) fn no_xml(reason: &str) -> Error {
    file("file", reason.to_owned(), "Choose the .xml file of a Green Button download; unpack a .zip first.")
}

pub(super) fn malformed(detail: &str, position: u64) -> Error {
    file(
        "file",
        format!("It is not well-formed XML: {detail} (at byte {position})."),
        "Download it again: it may be cut off. If the new file is the same, the utility has to mend it.",
    )
}

pub(super) fn doctype() -> Error {
    file(
        "DOCTYPE",
        "It declares a document type, which Green Button files never do and which can hide an attack."
            .to_owned(),
        "Remove the <!DOCTYPE …> declaration if you trust the source, or download the file from the utility again.",
    )
}

pub(super) fn entity(name: &str) -> Error {
    let name: String = name.chars().take(40).collect();
    file(
        "entity",
        format!("It uses the entity “&{name};”, which XML does not define."),
        "Download the file from the utility again; it may have been edited.",
    )
}

pub(super) fn encoding(name: &str) -> Error {
    let name: String = name.chars().take(40).collect();
    file(
        "encoding",
        format!("It is encoded as “{name}”; Green Button files are UTF-8."),
        "Save it as UTF-8 in a text editor and change the first line accordingly.",
    )
}

pub(super) fn root(name: &str) -> Error {
    let name: String = name.chars().take(60).collect();
    file(
        name.as_str(),
        format!(
            "Its outermost element is <{name}>; a Green Button file is an Atom <feed> of ESPI resources."
        ),
        "Choose the Green Button XML download of the utility; other formats (CSV, bills as PDF) are not read here.",
    )
}

pub(super) fn nothing() -> Error {
    file(
        "entry",
        "The feed holds no ESPI resource (UsagePoint, MeterReading, ReadingType or IntervalBlock)."
            .to_owned(),
        "Choose the usage file of the download; the one with customer data has no readings.",
    )
}

pub(super) fn depth(limits: &Limits) -> Error {
    let reason = format!("Elements are nested deeper than {}; Green Button files need 8.", limits.depth);
    file("feed", reason, "Download the file from the utility again; this one is damaged or hostile.")
}

pub(super) fn too_many(element: &str, limit: usize) -> Error {
    file(
        element,
        format!("There are more than {limit} of them."),
        "Export a shorter period and import the parts.",
    )
}

pub(super) fn time(limits: &Limits) -> Error {
    let reason = format!("Reading it took longer than {} s.", limits.time.as_secs());
    file("file", reason, "Export a shorter period and import the parts.")
}

pub(super) fn bound(bound: Bound, limits: &Limits) -> Error {
    match bound {
        Bound::Bytes => file(
            "file",
            format!("It is larger than {} MiB.", limits.bytes >> 20),
            "Export a shorter period and import the parts.",
        ),
        Bound::Token => file(
            "element",
            format!("One tag, text or comment is longer than {} KiB.", limits.token >> 10),
            "Download the file from the utility again; this one is damaged or hostile.",
        ),
    }
}
