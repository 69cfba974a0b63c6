//! XML events with namespaces resolved by URI, bounded in depth, size and time. Knows nothing of Green Button.

use super::input::{Bound, Bounded, Limits};
use super::{Error, refusal};
use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use std::io::BufRead;
use std::time::Instant;

/// Namespace of an element; prefixes mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ns {
    Atom,
    Espi,
    /// Retail customer data: read over, never kept.
    Customer,
    Other,
}

impl Ns {
    fn of(resolved: &ResolveResult<'_>) -> Self {
        match resolved {
            ResolveResult::Bound(uri) => match uri.0 {
                "http://www.w3.org/2005/Atom" => Self::Atom,
                "http://naesb.org/espi" => Self::Espi,
                "http://naesb.org/espi/customer" => Self::Customer,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

/// An open element.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) ns: Ns,
    pub(super) name: String,
    /// Values of `rel` and `href`, on Atom links.
    pub(super) rel: String,
    pub(super) href: String,
    /// Its own text, without that of its children.
    text: String,
}

/// What the walker tells.
pub(super) trait Visitor {
    /// The last element of `path` was opened.
    fn open(&mut self, path: &[Element]) -> Result<(), Error>;
    /// The last element of `path` is about to close; `text` is its own trimmed text.
    fn close(&mut self, path: &[Element], text: &str) -> Result<(), Error>;
}

/// Tells `visitor` every element of a document.
pub(super) fn walk(input: impl BufRead, limits: &Limits, visitor: &mut impl Visitor) -> Result<(), Error> {
    let mut bounded = Bounded::new(input, limits);
    sniff(bounded.fill_buf().map_err(Error::Io)?)?;
    let mut reader = NsReader::from_reader(bounded);
    reader.config_mut().check_end_names = true;
    reader.resolver_mut().set_max_namespace_bindings(64);
    let started = Instant::now();
    let (mut path, mut buffer): (Vec<Element>, Vec<u8>) = Default::default();
    let mut had_root = false;
    for count in 0_u64.. {
        if count.is_multiple_of(1_024) && started.elapsed() > limits.time {
            return Err(refusal::time(limits));
        }
        buffer.clear();
        reader.get_mut().next_token();
        let (resolved, event) = match reader.read_resolved_event_into(&mut buffer) {
            Ok((resolved, event)) => (Ns::of(&resolved), event),
            Err(error) => return Err(failure(error, &reader, limits)),
        };
        match event {
            Event::Start(tag) => {
                open(resolved, &tag, limits, &mut path)?;
                had_root = true;
                visitor.open(&path)?;
            }
            Event::Empty(tag) => {
                open(resolved, &tag, limits, &mut path)?;
                had_root = true;
                visitor.open(&path)?;
                close(visitor, &mut path)?;
            }
            Event::End(_) => close(visitor, &mut path)?,
            Event::Text(text) => append(&mut path, &text.xml10_content(), limits)?,
            Event::CData(text) => append(&mut path, &text.xml10_content(), limits)?,
            Event::GeneralRef(reference) => append(&mut path, &resolve(&reference)?, limits)?,
            Event::DocType(_) => return Err(refusal::doctype()),
            Event::Decl(declaration) => {
                if let Some(Ok(name)) = declaration.encoding()
                    && !["utf-8", "utf8", "us-ascii", "ascii"].contains(&name.to_ascii_lowercase().as_str())
                {
                    return Err(refusal::encoding(&name));
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match path.last() {
        Some(open) => {
            let detail = format!("it ends inside <{}>", open.name);
            Err(refusal::malformed(&detail, reader.buffer_position()))
        }
        None if !had_root => Err(refusal::no_xml("It holds no XML element.")),
        None => Ok(()),
    }
}

/// Recognises what people upload by mistake, before the XML reader gives a message nobody can use.
fn sniff(start: &[u8]) -> Result<(), Error> {
    let kinds: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "It is a ZIP archive."),
        (b"\x1f\x8b", "It is a gzip archive."),
        (b"%PDF", "It is a PDF document."),
        (b"\xff\xfe", "It is encoded as UTF-16."),
        (b"\xfe\xff", "It is encoded as UTF-16."),
    ];
    if let Some((_, reason)) = kinds.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(refusal::no_xml(reason));
    }
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    match start.iter().find(|b| !b.is_ascii_whitespace()) {
        None if start.is_empty() => Err(refusal::no_xml("It is empty.")),
        Some(b'<') | None => Ok(()),
        Some(_) => Err(refusal::no_xml("It does not begin like an XML file.")),
    }
}

fn open(ns: Ns, tag: &BytesStart<'_>, limits: &Limits, path: &mut Vec<Element>) -> Result<(), Error> {
    if path.len() >= limits.depth {
        return Err(refusal::depth(limits));
    }
    let mut element = Element {
        ns,
        name: tag.local_name().into_inner().to_owned(),
        rel: String::new(),
        href: String::new(),
        text: String::new(),
    };
    if ns == Ns::Atom && element.name == "link" {
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|e| refusal::malformed(&e.to_string(), 0))?;
            let target = match attribute.key.as_ref() {
                "rel" => &mut element.rel,
                "href" => &mut element.href,
                _ => continue,
            };
            *target = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|e| refusal::malformed(&e.to_string(), 0))?
                .into_owned();
        }
    }
    path.push(element);
    Ok(())
}

fn close(visitor: &mut impl Visitor, path: &mut Vec<Element>) -> Result<(), Error> {
    if let Some(last) = path.last() {
        visitor.close(path, last.text.trim())?;
        path.pop();
    }
    Ok(())
}

fn append(path: &mut [Element], text: &str, limits: &Limits) -> Result<(), Error> {
    let Some(element) = path.last_mut() else { return Ok(()) };
    // Between children there is nothing but white space, which is not worth keeping.
    if element.text.is_empty() && text.trim_start().is_empty() {
        return Ok(());
    }
    if element.text.len() + text.len() > limits.token {
        return Err(refusal::bound(Bound::Token, limits));
    }
    element.text.push_str(text);
    Ok(())
}

/// The five entities of XML and character references; no others exist without a document type.
fn resolve(reference: &BytesRef<'_>) -> Result<String, Error> {
    let name = reference.xml10_content();
    if reference.is_char_ref() {
        return match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(character.to_string()),
            _ => Err(refusal::entity(&name)),
        };
    }
    match quick_xml::escape::resolve_predefined_entity(&name) {
        Some(text) => Ok(text.to_owned()),
        None => Err(refusal::entity(&name)),
    }
}

fn failure<R: BufRead>(error: quick_xml::Error, reader: &NsReader<Bounded<R>>, limits: &Limits) -> Error {
    if let Some(bound) = reader.get_ref().hit() {
        return refusal::bound(bound, limits);
    }
    match error {
        quick_xml::Error::Io(error) => Error::Io(std::io::Error::new(error.kind(), error.to_string())),
        quick_xml::Error::Encoding(_) => refusal::encoding("something other than UTF-8"),
        other => refusal::malformed(&other.to_string(), reader.error_position()),
    }
}
