//! The pages before the portal: sign-in, password reset, invitation. Plain forms that work without scripts.

use super::{param, query};
use crate::api::people::{LinkView, get_invitation, get_reset_link};
use crate::components::field::Field;
use crate::components::icon::mark;
use crate::components::notice::{Notice, Weight};
use crate::error::ApiError;
use leptos::prelude::*;
use leptos_meta::Title;

/// Shortest password, in characters.
const PASSWORD_MIN: u32 = 12;

fn frame(title: &'static str, content: impl IntoView + 'static) -> AnyView {
    view! {
        <Title text=format!("{title} · Gainshare") />
        <main class="entry">
            <div class="entry-box">
                <a class="brand" href="/sign-in">{mark()}<span>"Gainshare"</span></a>
                <h1>{title}</h1>
                {content}
            </div>
        </main>
    }
    .into_any()
}

/// What the query says about the form sent before.
fn outcome() -> impl IntoView {
    let (error, notice) = (query("error"), query("notice"));
    move || {
        let (weight, text) = match (error.get().as_str(), notice.get().as_str()) {
            ("credentials", _) => (Weight::Error, "Address and password do not match an account."),
            ("busy", _) => (Weight::Error, "The server is busy. Try again in a moment."),
            ("mismatch", _) => (Weight::Error, "The two passwords are not the same."),
            ("weak", _) => (Weight::Error, "The password is too short: use at least 12 characters."),
            ("code", _) => (
                Weight::Error,
                "This code is wrong or was used already. Wait for the next one and try again.",
            ),
            ("code_late", _) => (Weight::Error, "That took too long. Sign in again."),
            ("name", _) => (Weight::Error, "Enter your name."),
            ("link", _) => (Weight::Error, "This link has been used or has expired."),
            (_, "signed-out") => (Weight::Ok, "You are signed out."),
            (_, "password-changed") => (Weight::Ok, "Your password is changed. Sign in with it."),
            (_, "sent") => (
                Weight::Ok,
                "If there is an account with this address, a link is on its way. It works for one hour.",
            ),
            _ => return None,
        };
        Some(view! { <Notice weight title=text announce=true /> })
    }
}

/// Sign-in.
#[component]
pub fn SignIn() -> impl IntoView {
    let next = query("next");
    frame(
        "Sign in",
        view! {
            {outcome()}
            <form class="form" method="post" action="/session/sign-in">
                <input type="hidden" name="next" value=move || next.get() />
                <Field label="E-mail" name="email" kind="email" autocomplete="username" />
                <Field label="Password" name="password" kind="password" autocomplete="current-password" />
                <button class="button primary" type="submit">"Sign in"</button>
            </form>
            <p><a href="/reset">"Forgot the password?"</a></p>
        },
    )
}

/// The second page of signing in, for those who have a second factor.
#[component]
pub fn SignInCode() -> impl IntoView {
    let next = query("next");
    frame(
        "Enter your code",
        view! {
            {outcome()}
            <p class="muted">"Open your authenticator app, or take one of your recovery codes."</p>
            <form class="form" method="post" action="/session/code">
                <input type="hidden" name="next" value=move || next.get() />
                <Field label="Code" name="code" autocomplete="one-time-code" />
                <button class="button primary" type="submit">"Sign in"</button>
            </form>
            <p><a href="/sign-in">"Back to sign-in"</a></p>
        },
    )
}

/// Asks for a password link.
#[component]
pub fn Reset() -> impl IntoView {
    frame(
        "Reset your password",
        view! {
            {outcome()}
            <p class="muted">"Enter the address you sign in with. We send a link to set a new password."</p>
            <form class="form" method="post" action="/session/reset">
                <Field label="E-mail" name="email" kind="email" autocomplete="username" />
                <button class="button primary" type="submit">"Send the link"</button>
            </form>
            <p><a href="/sign-in">"Back to sign-in"</a></p>
        },
    )
}

fn new_password() -> AnyView {
    view! {
        <Field
            label="New password"
            name="password"
            kind="password"
            autocomplete="new-password"
            minlength=PASSWORD_MIN
            hint="At least 12 characters. A few unrelated words are easy to keep in mind."
        />
        <Field label="The same again" name="password_again" kind="password" autocomplete="new-password" minlength=PASSWORD_MIN />
    }.into_any()
}

/// Sets a new password by a link.
#[component]
pub fn ResetWithLink() -> impl IntoView {
    let token = param("token");
    let link = Resource::new(move || token.get(), get_reset_link);
    let shown = move || {
        Suspend::new(async move {
            match link.await {
                Ok(link) => view! {
                    <p class="muted">{format!("For {}.", link.email)}</p>
                    {outcome()}
                    <form class="form" method="post" action=format!("/session/reset/{}", token.get_untracked())>
                        {new_password()}
                        <button class="button primary" type="submit">"Set the password"</button>
                    </form>
                }
                .into_any(),
                Err(error) => dead_link(error, "/reset", "Ask for a new link"),
            }
        })
    };
    frame("Set a new password", view! { <Transition>{shown}</Transition> })
}

/// Accepts an invitation.
#[component]
pub fn Invitation() -> impl IntoView {
    let token = param("token");
    let link = Resource::new(move || token.get(), get_invitation);
    let shown = move || {
        Suspend::new(async move {
            match link.await {
                Ok(link) => invitation(link, &token.get_untracked()).into_any(),
                Err(error) => dead_link(error, "/sign-in", "Go to sign-in"),
            }
        })
    };
    frame("Welcome to Gainshare", view! { <Transition>{shown}</Transition> })
}

fn invitation(link: LinkView, token: &str) -> AnyView {
    let from = link.organisation.map_or_else(String::new, |name| format!("{name} invites you. "));
    view! {
        <p class="muted">{format!("{from}You will sign in as {}.", link.email)}</p>
        {outcome()}
        <form class="form" method="post" action=format!("/session/invite/{token}")>
            <Field label="Your name" name="name" autocomplete="name" value=link.name />
            {new_password()}
            <button class="button primary" type="submit">"Accept and sign in"</button>
        </form>
    }
    .into_any()
}

fn dead_link(error: ApiError, href: &'static str, action: &'static str) -> AnyView {
    let title = match error.code {
        crate::error::Code::NotFound => "This link has been used or has expired.".to_owned(),
        _ => error.message,
    };
    view! {
        <Notice weight=Weight::Error title=title>
            <p>"Links work once and for a limited time."</p>
        </Notice>
        <p><a href=href>{action}</a></p>
    }
    .into_any()
}
