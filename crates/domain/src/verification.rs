//! Verification of a baseline by a third party: the checklist, what is signed, and what pages show of it.

pub mod check;
pub mod dossier;

use crate::baseline::view::{BaselineSummary, StepTaken};
use crate::baseline::{Party, Step};
use crate::id::{CommentId, OrganisationId, VerificationId};
use crate::names::names;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

names! {
    /// A statement of the review, after IPMVP's content of an M&V plan and ASHRAE Guideline 14; its label is the
    /// statement as the verifier reads it.
    Item {
        /// Are the data complete?
        DataComplete = "data_complete", "The meter data of the baseline period are complete, and gaps are named.";
        /// Does the period cover a whole cycle?
        FullCycle = "full_cycle", "The baseline period covers a full cycle of operation and of the weather.";
        /// Is no driver in the vendor's hand?
        DriversExogenous = "drivers_exogenous", "No driver of the model is in the vendor's hand.";
        /// Are the gates of the fit met?
        FitGates = "fit_gates", "The picked model meets the gates of the fit, or a breach is explained.";
        /// Do residuals show no pattern?
        ResidualPatterns = "residual_patterns", "Residuals show no pattern over time or against a driver.";
        /// Are static factors written down?
        StaticFactors = "static_factors", "Static factors (floor area, equipment, schedules) are written down.";
        /// Is the boundary right?
        MeasurementBoundary = "measurement_boundary", "The measurement boundary contains the measure and its side effects.";
        /// Are the meters calibrated?
        MetersCalibrated = "meters_calibrated", "The meters are calibrated, and the certificates were seen.";
        /// Is the weather station fit?
        WeatherStation = "weather_station", "The weather source is near enough and complete.";
        /// Is every exclusion justified?
        ExclusionsJustified = "exclusions_justified", "Every day that was left out is justified.";
    }
}

names! {
    /// What a verifier answers.
    Answer {
        /// It holds.
        Yes = "yes", "Yes";
        /// It does not; the note says how far.
        No = "no", "No";
        /// The question does not arise here.
        NotApplicable = "not_applicable", "Not applicable";
    }
}

/// One line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The question.
    pub item: Item,
    /// None while it is open.
    pub answer: Option<Answer>,
    /// What was seen, or why not.
    pub note: String,
}

/// A verifier's declaration on conflicts of interest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// “I have none.”
    pub none: bool,
    /// Ties that there are, or remarks.
    pub text: String,
}

/// What one verifier has written down about a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// All items, in order.
    pub checklist: Vec<Checked>,
    /// The declaration.
    pub conflict: Conflict,
}

impl Review {
    /// What is still missing before it can be signed, as sentences.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let open = self.checklist.iter().filter(|c| c.answer.is_none()).count();
        if open > 0 {
            missing.push(format!("{open} of {} questions are not answered.", self.checklist.len()));
        }
        let bare = |c: &&Checked| c.answer == Some(Answer::No) && c.note.trim().is_empty();
        if self.checklist.iter().any(|c| bare(&c)) {
            missing.push("Where the answer is “No”, a note has to say what was found.".to_owned());
        }
        if !self.conflict.none && self.conflict.text.trim().is_empty() {
            missing.push("The conflict-of-interest statement is empty.".to_owned());
        }
        missing
    }
}

/// A comment on a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The comment.
    pub id: CommentId,
    /// The one it answers.
    pub parent: Option<CommentId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// On whose behalf.
    pub party: Party,
    /// What.
    pub text: String,
    /// The local days it speaks of, half-open; none for the baseline as a whole.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// When and by whom it was settled.
    pub resolved: Option<(DateTime<Utc>, String)>,
}

/// An invitation as the parties see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The invitation.
    pub id: VerificationId,
    /// The verifier's firm.
    pub firm: String,
    /// Whom it was sent to.
    pub email: String,
    /// Who invited.
    pub invited_by: String,
    /// For which side.
    pub invited_side: Party,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Whether it still opens the facility.
    pub open: bool,
    /// Whether the reader may take it back.
    pub may_withdraw: bool,
}

/// The signature under a baseline, and what checking it now has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// When.
    pub at: DateTime<Utc>,
    /// Name, address and firm of the verifier.
    pub by: (String, String, String),
    /// SHA-256 of the dossier that was signed, hexadecimal.
    pub dossier_sha256: String,
    /// The platform's public key that signed, hexadecimal.
    pub public_key: String,
    /// Everything that does not fit; empty when the signature holds and nothing has changed since.
    pub faults: Vec<String>,
}

/// The verification page of a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerificationView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// The baseline.
    pub summary: BaselineSummary,
    /// The way so far.
    pub steps: Vec<StepTaken>,
    /// The reader's side.
    pub party: Option<Party>,
    /// Everybody who was invited, newest first.
    pub invitations: Vec<Invitation>,
    /// Firms that can be invited; none when the reader may not invite now.
    pub firms: Option<Vec<(OrganisationId, String)>>,
    /// Oldest first.
    pub comments: Vec<Comment>,
    /// Whether the reader may comment.
    pub may_comment: bool,
    /// The reader's own review, else that of the newest invitation.
    pub review: Review,
    /// Whether the reader may change the review now.
    pub may_review: bool,
    /// Verifier's steps that the reader may take now.
    pub may: Vec<Step>,
    /// What the reader still has to do before signing.
    pub missing: Vec<String>,
    /// Whether the reader has a second factor.
    pub second_factor: bool,
    /// SHA-256 of the dossier as it stands, hexadecimal.
    pub dossier_sha256: String,
    /// Name and SHA-256 of each of its sections.
    pub sections: Vec<(String, String)>,
    /// The signature, once there is one.
    pub signed: Option<Signed>,
}

#[cfg(test)]
mod tests;
