//! What a page shows: its elements and texts, read from the HTML that a framework has written.

use serde_json::{Value, json};

const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// Elements whose text is no markup and is not shown.
const HIDDEN: [&str; 2] = ["script", "style"];

/// A text, or an element with its attributes and what is in it.
pub(crate) enum Node {
    Text(String),
    Element { tag: String, attributes: Vec<(String, String)>, children: Vec<Node> },
}

impl Node {
    fn element(tag: &str, attributes: Vec<(String, String)>) -> Self {
        Self::Element { tag: tag.to_owned(), attributes, children: Vec::new() }
    }

    /// The first element with this attribute and value; with an empty name, of this tag.
    pub(crate) fn find(&self, name: &str, value: &str) -> Option<&Self> {
        let Self::Element { tag, attributes, children } = self else { return None };
        let is_it = if name.is_empty() {
            tag == value
        } else {
            attributes.iter().any(|(n, v)| n == name && v == value)
        };
        if is_it { Some(self) } else { children.iter().find_map(|child| child.find(name, value)) }
    }

    /// As the peers take it: a text, or [tag, attributes, children].
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Element { tag, attributes, children } => {
                let attributes: serde_json::Map<String, Value> =
                    attributes.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
                json!([tag, attributes, children.iter().map(Self::json).collect::<Vec<_>>()])
            }
        }
    }

    /// Tags and texts in their order, spaces alike.
    pub(crate) fn flat(&self) -> Vec<String> {
        match self {
            Self::Text(text) => {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if text.is_empty() { vec![] } else { vec![text] }
            }
            Self::Element { tag, children, .. } => {
                let mut flat = vec![format!("<{}>", tag.to_ascii_lowercase())];
                flat.extend(children.iter().flat_map(Self::flat));
                flat
            }
        }
    }

    fn push(&mut self, node: Self) {
        let Self::Element { children, .. } = self else { return };
        match (children.last_mut(), node) {
            // Frameworks part texts with comments.
            (Some(Self::Text(before)), Self::Text(text)) => before.push_str(&text),
            (_, node) => children.push(node),
        }
    }
}

/// The page below an element without a name.
pub(crate) fn parse(html: &str) -> Node {
    let mut open = vec![Node::element("", vec![])];
    let mut rest = html;
    while !rest.is_empty() {
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(closing) = rest.strip_prefix("</") {
            let (tag, after) = closing.split_once('>').unwrap_or((closing, ""));
            close(&mut open, tag);
            rest = after;
        } else if rest.starts_with('<') {
            rest = element(&mut open, &rest[1..]);
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            push(&mut open, Node::Text(plain(&rest[..end])));
            rest = &rest[end..];
        }
    }
    while open.len() > 1 {
        close_last(&mut open);
    }
    open.remove(0)
}

/// Reads an opening tag, and gives back what follows it.
fn element<'a>(open: &mut Vec<Node>, text: &'a str) -> &'a str {
    let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(text.len());
    let tag = &text[..end];
    let (attributes, closed, mut rest) = attributes(&text[end..]);
    if tag.starts_with('!') {
        return rest;
    }
    if HIDDEN.contains(&tag) {
        return rest.split_once(&format!("</{tag}>")).map_or("", |(_, after)| after);
    }
    open.push(Node::element(tag, attributes));
    if closed || VOID.contains(&tag) {
        close_last(open);
    }
    rest = rest.strip_prefix('\n').filter(|_| tag == "pre" || tag == "textarea").unwrap_or(rest);
    rest
}

/// Attributes up to the end of the tag, whether it closes itself, and what follows.
fn attributes(text: &str) -> (Vec<(String, String)>, bool, &str) {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix("/>") {
            return (found, true, after);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (found, false, after);
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '>').unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            (value, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
        }
        if name.is_empty() && value.is_empty() && rest.is_empty() {
            return (found, false, rest);
        }
        found.push((name.to_owned(), plain(value)));
        rest = rest.trim_start();
    }
}

fn push(open: &mut [Node], node: Node) {
    if let Some(parent) = open.last_mut() {
        parent.push(node);
    }
}

fn close_last(open: &mut Vec<Node>) {
    if let Some(node) = open.pop() {
        push(open, node);
    }
}

/// Closes the innermost open element of this tag and what is in it; a tag that closes nothing is passed over.
fn close(open: &mut Vec<Node>, tag: &str) {
    let is_it = |node: &Node| matches!(node, Node::Element { tag: open, .. } if open == tag);
    if let Some(place) = open.iter().rposition(is_it).filter(|place| *place > 0) {
        while open.len() > place {
            close_last(open);
        }
    }
}

/// A text without its entities.
fn plain(text: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, sign)| text.replace(entity, sign))
}
