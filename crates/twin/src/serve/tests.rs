use super::*;
use crate::devices::Value;
use crate::facility::Name;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_modbus::ExceptionCode;
use tokio_modbus::client::{Context, Reader, Writer, tcp};
use tokio_modbus::slave::Slave;

const START: i64 = 1_735_714_800_000 + 20 * 3_600_000;

fn plant(speed: f64) -> Arc<Plant> {
    let sites =
        [Name::Flower, Name::Lettuce].map(|name| Site::new(Simulation::warmed(name, 1, None, START, None)));
    Arc::new(Plant::new(SimClock::starting(START, speed), sites.into()))
}

async fn listen(plant: &Arc<Plant>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(modbus::serve(listener, Arc::clone(plant)));
    address
}

async fn meter(address: SocketAddr, unit: u8) -> Context {
    tcp::connect_slave(address, Slave(unit)).await.unwrap()
}

async fn float(context: &mut Context, register: u16) -> f32 {
    let words = context.read_input_registers(register, 2).await.unwrap().unwrap();
    f32::from_bits(u32::from(words[0]) << 16 | u32::from(words[1]))
}

#[tokio::test]
async fn meters_answer_by_unit_and_refuse_by_exception() {
    let address = listen(&plant(600.0)).await;
    let (mut total, mut lighting) = (meter(address, 1).await, meter(address, 2).await);
    let (all, lamps) = (float(&mut total, 52).await, float(&mut lighting, 52).await);
    assert!(all > lamps && lamps > 10_000.0, "{all} {lamps}");
    let first = float(&mut total, 72).await;
    // 600 times as fast, the register has moved by the time it is read again.
    while float(&mut total, 72).await <= first {}

    let refused = |answer: tokio_modbus::Result<Vec<u16>>| answer.unwrap().unwrap_err();
    let illegal = refused(total.read_input_registers(1_000, 2).await);
    assert_eq!(illegal, ExceptionCode::IllegalDataAddress);
    assert_eq!(refused(total.read_input_registers(0, 82).await), ExceptionCode::IllegalDataValue);
    let mut nobody = meter(address, 99).await;
    assert_eq!(refused(nobody.read_input_registers(52, 2).await), ExceptionCode::GatewayTargetDevice);
    let written = total.write_single_register(2, 1).await.unwrap();
    assert_eq!(written, Err(ExceptionCode::IllegalFunction));
    assert_eq!(total.read_holding_registers(0xFC00, 2).await.unwrap().unwrap(), [330, 3_121]);
}

#[tokio::test]
async fn faults_reach_the_bus() {
    let plant = plant(600.0);
    let address = listen(&plant).await;
    let mut context = meter(address, 1).await;
    plant.control(0, "stuck:meter-1").unwrap();
    let stuck = float(&mut context, 72).await;
    let start = plant.now_ms();
    while plant.now_ms() < start + 60_000 {
        assert_eq!(float(&mut context, 72).await, stuck);
    }
    plant.control(0, "clear").unwrap();
    plant.control(0, "counter-reset:meter-1").unwrap();
    assert_eq!(float(&mut context, 342).await, 0.0);
    assert!(float(&mut context, 52).await > 10_000.0, "power is no counter");
    plant.control(0, "clear").unwrap();
    plant.control(0, "silence:meter-1").unwrap();
    let silent = context.read_input_registers(52, 2);
    assert!(tokio::time::timeout(Duration::from_millis(200), silent).await.is_err());
    let mut other = meter(address, 2).await;
    assert!(float(&mut other, 52).await > 0.0, "the other meters still answer");
}

#[tokio::test]
async fn a_delayed_meter_answers_late() {
    let plant = plant(1.0);
    let address = listen(&plant).await;
    plant.control(0, "delay:meter-3:300").unwrap();
    let mut context = meter(address, 3).await;
    let asked = Instant::now();
    float(&mut context, 52).await;
    assert!(asked.elapsed() >= Duration::from_millis(300));
}

#[test]
fn control_names_what_it_cannot_do() {
    let plant = plant(1.0);
    assert!(matches!(plant.control(0, "melt:meter-1"), Err(ControlError::Fault(_))));
    assert!(matches!(plant.control(0, "drop:meter-11"), Err(ControlError::Target)));
    assert!(plant.control(1, "drop:meter-11").is_ok());
    assert!(plant.add_fault(&"stuck:flower-2-light".parse().unwrap()));
    assert!(!plant.add_fault(&"stuck:nothing".parse().unwrap()));
}

#[test]
fn skewed_clocks_show_in_messages() {
    let plant = plant(1.0);
    plant.control(0, "clock-skew:veg-1-climate:3600000").unwrap();
    let site = Name::Flower.spec();
    let devices = sensor::devices(&site);
    let index = devices.iter().position(|device| device.name == "veg-1-climate").unwrap();
    let (emissions, now_ms) = plant.messages(0, index, 0);
    let times: Vec<i64> = emissions[0]
        .fields
        .iter()
        .filter_map(|field| if let Value::Time(at_ms) = field.value { Some(at_ms) } else { None })
        .collect();
    assert_eq!(times, [now_ms + 3_600_000]);
}
