//! One connection of the administrator: send commands, await and check every answer.

use super::{Error, commands::Command};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS, SubscribeReasonCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const CONTROL: &str = "$CONTROL/dynamic-security/v1";
const ANSWERS: &str = "$CONTROL/dynamic-security/v1/response";
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    command: String,
    error: Option<String>,
    #[serde(rename = "correlationData")]
    correlation: Option<String>,
}

/// Connection options of a URL; the client name is made anew, as the broker drops the older of two sessions of one name.
pub(super) fn options(url: &str) -> Result<MqttOptions, Error> {
    let name = uuid::Uuid::new_v4().simple();
    let mark = if url.contains('?') { '&' } else { '?' };
    let mut options = MqttOptions::parse_url(format!("{url}{mark}client_id=admin-{name}"))
        .map_err(|e| Error::Address(e.to_string()))?;
    options.set_keep_alive(Duration::from_secs(10));
    Ok(options)
}

/// Runs the commands in order; returns when every answer is there and none is a refusal.
pub(super) async fn run(options: &MqttOptions, commands: &[Command]) -> Result<(), Error> {
    let (client, events) = AsyncClient::new(options.clone(), 8);
    let answers = tokio::time::timeout(PATIENCE, exchange(&client, events, commands))
        .await
        .map_err(|_| Error::Away(format!("no answer within {} s", PATIENCE.as_secs())))??;
    for (index, command) in commands.iter().enumerate() {
        let mark = index.to_string();
        let name = command.body["command"].as_str().unwrap_or_default();
        let answer = answers.iter().find(|a| a.correlation.as_deref() == Some(mark.as_str()));
        let Some(answer) = answer else {
            return Err(Error::Refused { command: name.to_owned(), message: "it gave no answer".to_owned() });
        };
        match &answer.error {
            Some(message) if command.harmless != Some(message.as_str()) => {
                return Err(Error::Refused { command: answer.command.clone(), message: message.clone() });
            }
            _ => {}
        }
    }
    Ok(())
}

async fn exchange(
    client: &AsyncClient,
    mut events: EventLoop,
    commands: &[Command],
) -> Result<Vec<Answer>, Error> {
    let away = |e: rumqttc::ClientError| Error::Away(e.to_string());
    client.subscribe(ANSWERS, QoS::AtLeastOnce).await.map_err(away)?;
    loop {
        match events.poll().await.map_err(|e| Error::Away(e.to_string()))? {
            Event::Incoming(Packet::SubAck(ack)) => {
                if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                    return Err(Error::Away("this sign-in does not administer the broker".to_owned()));
                }
                client
                    .publish(CONTROL, QoS::AtLeastOnce, false, batch(commands).to_string())
                    .await
                    .map_err(away)?;
            }
            Event::Incoming(Packet::Publish(message)) if message.topic == ANSWERS => {
                let answers: Answers = serde_json::from_slice(&message.payload)
                    .map_err(|e| Error::Away(format!("its answer cannot be read: {e}")))?;
                client.disconnect().await.map_err(away)?;
                // The disconnect leaves with the next turn; the broker closing first is as good.
                while !matches!(
                    events.poll().await,
                    Ok(Event::Outgoing(rumqttc::Outgoing::Disconnect)) | Err(_)
                ) {}
                return Ok(answers.responses);
            }
            _ => {}
        }
    }
}

/// The message with all commands, each marked with its place so that answers can be told apart.
fn batch(commands: &[Command]) -> Value {
    let marked: Vec<Value> = commands
        .iter()
        .enumerate()
        .map(|(index, command)| {
            let mut body = command.body.clone();
            body["correlationData"] = index.to_string().into();
            body
        })
        .collect();
    json!({ "commands": marked })
}
