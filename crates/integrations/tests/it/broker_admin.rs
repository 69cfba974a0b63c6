use crate::mosquitto::{ADMIN_PASSWORD, Broker, Client};
use domain::id::GatewayId;
use integrations::broker_admin::{BrokerAdmin, Error, Login, gateway_username, login_of};
use rumqttc::ConnectReturnCode;

const REFUSED: [ConnectReturnCode; 2] =
    [ConnectReturnCode::NotAuthorized, ConnectReturnCode::BadUserNamePassword];

fn gateway(number: u128) -> GatewayId {
    GatewayId(uuid::Uuid::from_u128(number))
}

fn server() -> Login {
    Login { username: "server".into(), password: "the server's own".into() }
}

/// A broker with the server, and gateways 1 and 2 with passwords `one` and `two`.
async fn with_two_gateways(name: &str) -> (Broker, BrokerAdmin) {
    let broker = Broker::start(name).await;
    let admin = BrokerAdmin::new(&admin_url(&broker)).unwrap();
    admin.init(&server()).await.unwrap();
    admin.provision(gateway(1), "one").await.unwrap();
    admin.provision(gateway(2), "two").await.unwrap();
    (broker, admin)
}

fn admin_url(broker: &Broker) -> String {
    broker.url("admin", ADMIN_PASSWORD)
}

async fn as_gateway(broker: &Broker, number: u128, password: &str) -> Result<Client, ConnectReturnCode> {
    let name = gateway_username(gateway(number));
    broker.sign_in(&name, Some((&name, password))).await
}

async fn as_server(broker: &Broker) -> Client {
    let login = server();
    broker.sign_in("a-test", Some((&login.username, &login.password))).await.unwrap()
}

#[tokio::test]
async fn a_gateway_sends_to_its_own_topics_only() {
    let (broker, _) = with_two_gateways("own-topics").await;
    let mut server = as_server(&broker).await;
    assert!(server.subscribes("gs/+/env").await);
    assert!(server.subscribes("gs/+/hello").await);
    let mut one = as_gateway(&broker, 1, "one").await.unwrap();
    one.publish(&format!("gs/{}/env", gateway(2)), "forged envelope").await;
    one.publish(&format!("gs/{}/hello", gateway(2)), "forged greeting").await;
    one.publish(&format!("gs/{}/watermark", gateway(1)), "forged watermark").await;
    // Messages of one client arrive in order: had a forged one passed, it would come first.
    one.publish(&format!("gs/{}/env", gateway(1)), "envelope").await;
    one.publish(&format!("gs/{}/hello", gateway(1)), "greeting").await;
    assert_eq!(server.receives().await, (format!("gs/{}/env", gateway(1)), "envelope".to_owned()));
    assert_eq!(server.receives().await, (format!("gs/{}/hello", gateway(1)), "greeting".to_owned()));
}

#[tokio::test]
async fn a_gateway_hears_its_own_topics_only() {
    let (broker, _) = with_two_gateways("hears").await;
    let mut one = as_gateway(&broker, 1, "one").await.unwrap();
    for foreign in [
        format!("gs/{}/watermark", gateway(2)),
        format!("gs/{}/env", gateway(1)),
        "gs/+/watermark".to_owned(),
        format!("gs/{}/#", gateway(1)),
        "#".to_owned(),
        "$SYS/#".to_owned(),
        "$CONTROL/dynamic-security/v1/response".to_owned(),
        format!("$share/x/gs/{}/env", gateway(2)),
    ] {
        assert!(!one.subscribes(&foreign).await, "{foreign}");
    }
    assert!(one.subscribes(&format!("gs/{}/watermark", gateway(1))).await);
    assert!(one.subscribes(&format!("gs/{}/map", gateway(1))).await);
    let mut server = as_server(&broker).await;
    server.publish(&format!("gs/{}/watermark", gateway(2)), "for two").await;
    server.publish(&format!("gs/{}/watermark", gateway(1)), "for one").await;
    server.publish(&format!("gs/{}/map", gateway(1)), "map").await;
    assert_eq!(one.receives().await.1, "for one");
    assert_eq!(one.receives().await.1, "map");
}

#[tokio::test]
async fn only_the_right_password_opens() {
    let (broker, admin) = with_two_gateways("passwords").await;
    assert!(as_gateway(&broker, 1, "one").await.is_ok());
    for wrong in ["", "two", "One", "one ", "admin", "password"] {
        let refused = as_gateway(&broker, 1, wrong).await.err().unwrap();
        assert!(REFUSED.contains(&refused), "{wrong:?}: {refused:?}");
    }
    for login in
        [None, Some(("", "")), Some(("admin", "")), Some(("admin", "admin")), Some(("server", "server"))]
    {
        let refused = broker.sign_in("a-test", login).await.err().unwrap();
        assert!(REFUSED.contains(&refused), "{login:?}: {refused:?}");
    }
    // A new password ends the session that the old one opened.
    let mut old = as_gateway(&broker, 1, "one").await.unwrap();
    admin.provision(gateway(1), "another").await.unwrap();
    old.is_cut_off().await;
    assert!(REFUSED.contains(&as_gateway(&broker, 1, "one").await.err().unwrap()));
    assert!(as_gateway(&broker, 1, "another").await.is_ok());
}

#[tokio::test]
async fn a_gateway_cannot_take_over_a_session_by_its_name() {
    let (broker, _) = with_two_gateways("take-over").await;
    let mut one = as_gateway(&broker, 1, "one").await.unwrap();
    let (name, victim) = (gateway_username(gateway(2)), gateway_username(gateway(1)));
    for client_id in [victim.as_str(), "server", "a-test"] {
        let refused = broker.sign_in(client_id, Some((&name, "two"))).await.err().unwrap();
        assert!(REFUSED.contains(&refused), "{client_id}: {refused:?}");
    }
    assert!(one.subscribes(&format!("gs/{}/map", gateway(1))).await, "the session of gateway 1 goes on");
}

#[tokio::test]
async fn a_revoked_gateway_is_cut_off_and_stays_out() {
    let (mut broker, admin) = with_two_gateways("revoked").await;
    let mut one = as_gateway(&broker, 1, "one").await.unwrap();
    admin.revoke(gateway(1)).await.unwrap();
    one.is_cut_off().await;
    assert!(REFUSED.contains(&as_gateway(&broker, 1, "one").await.err().unwrap()));
    admin.revoke(gateway(1)).await.unwrap();
    assert!(as_gateway(&broker, 2, "two").await.is_ok());
    broker.restart().await;
    assert!(REFUSED.contains(&as_gateway(&broker, 1, "one").await.err().unwrap()));
    assert!(as_gateway(&broker, 2, "two").await.is_ok());
    admin.provision(gateway(1), "again").await.unwrap();
    assert!(as_gateway(&broker, 1, "again").await.is_ok());
}

#[tokio::test]
async fn neither_server_nor_gateway_changes_the_rules() {
    let (broker, _) = with_two_gateways("rules").await;
    let mut server = as_server(&broker).await;
    let mut one = as_gateway(&broker, 1, "one").await.unwrap();
    let command = r#"{"commands":[{"command":"createClient","username":"back-door","password":"x","roles":[{"rolename":"admin"}]}]}"#;
    server.publish("$CONTROL/dynamic-security/v1", command).await;
    one.publish("$CONTROL/dynamic-security/v1", command).await;
    assert!(!server.subscribes("$CONTROL/dynamic-security/v1/response").await);
    assert!(REFUSED.contains(&broker.sign_in("a-test", Some(("back-door", "x"))).await.err().unwrap()));
    let impostor = BrokerAdmin::new(&broker.url(&gateway_username(gateway(1)), "one")).unwrap();
    assert!(matches!(impostor.revoke(gateway(2)).await, Err(Error::Away(_))));
    assert!(as_gateway(&broker, 2, "two").await.is_ok());
}

#[tokio::test]
async fn the_server_can_be_let_in_again_with_a_new_password() {
    let (broker, admin) = with_two_gateways("server-again").await;
    let new = Login { username: "server".into(), password: "new".into() };
    admin.init(&new).await.unwrap();
    assert!(
        REFUSED
            .contains(&broker.sign_in("a-test", Some(("server", "the server's own"))).await.err().unwrap())
    );
    assert!(broker.sign_in("a-test", Some(("server", "new"))).await.is_ok());
}

#[tokio::test]
async fn an_unreachable_broker_and_a_wrong_administrator_are_said_so() {
    let (broker, _) = with_two_gateways("away").await;
    let wrong = BrokerAdmin::new(&broker.url("admin", "wrong")).unwrap();
    assert!(matches!(wrong.revoke(gateway(1)).await, Err(Error::Away(_))));
    let admin = BrokerAdmin::new(&admin_url(&broker)).unwrap();
    drop(broker);
    assert!(matches!(admin.revoke(gateway(1)).await, Err(Error::Away(_))));
}

#[test]
fn addresses_without_a_password_are_refused() {
    for url in ["mqtt://localhost", "mqtt://admin@localhost", "http://a:b@localhost", "localhost:1883", ""] {
        assert!(matches!(login_of(url), Err(Error::Address(_))), "{url}");
    }
    let login = login_of("mqtt://server:s3cret@localhost:1884").unwrap();
    assert_eq!((login.username.as_str(), login.password.as_str()), ("server", "s3cret"));
    assert!(!format!("{login:?}").contains("s3cret"));
}
