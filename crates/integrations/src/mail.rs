//! Outgoing mail: SMTP where a server is configured, the log where none is.

use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

/// A text to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Address of the recipient.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Plain text, lines at most 76 characters where possible.
    pub text: String,
}

/// Sends mail. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// No server is configured: mail is written to the log, links included, because nobody else will deliver them.
    Log,
    /// Through a server.
    Smtp(Box<Smtp>),
}

/// A connection pool to one SMTP server, and who we are to it.
#[derive(Clone, Debug)]
pub struct Smtp {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings or the recipient's address cannot be used.
    #[error("unusable mail settings or address: {0}")]
    Rejected(String),
    /// The server is away or refuses for now.
    #[error("mail server: {0}")]
    Transient(String),
}

impl Mailer {
    /// `url` is `smtp://user:password@host:port` (add `?tls=required` for STARTTLS) or `smtps://…`; `from` an address
    /// such as `Gainshare <no-reply@example.com>`. Without a URL, mail goes to the log.
    ///
    /// # Errors
    /// [`Error::Rejected`] when the URL or the address cannot be read.
    pub fn new(url: Option<&str>, from: &str) -> Result<Self, Error> {
        let Some(url) = url else { return Ok(Self::Log) };
        let from = from.parse().map_err(|e| Error::Rejected(format!("{from}: {e}")))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|e| Error::Rejected(e.to_string()))?
            .timeout(Some(Duration::from_secs(10)))
            .build();
        Ok(Self::Smtp(Box::new(Smtp { from, transport })))
    }

    /// Hands the mail to the server; returning means the server has taken it.
    ///
    /// # Errors
    /// [`Error::Rejected`] for an address that cannot be, [`Error::Transient`] when the server does not take it.
    pub async fn send(&self, mail: &Mail) -> Result<(), Error> {
        let smtp = match self {
            Self::Log => {
                tracing::info!(
                    to = mail.to,
                    subject = mail.subject,
                    "mail (no SMTP_URL is set):\n{}",
                    mail.text
                );
                return Ok(());
            }
            Self::Smtp(smtp) => smtp,
        };
        let to = mail.to.parse().map_err(|e| Error::Rejected(format!("{}: {e}", mail.to)))?;
        let message = Message::builder()
            .from(smtp.from.clone())
            .to(to)
            .subject(&mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|e| Error::Rejected(e.to_string()))?;
        smtp.transport.send(message).await.map_err(|e| Error::Transient(e.to_string()))?;
        Ok(())
    }
}
