use super::*;

#[test]
fn probe() {
    for name in [Name::Flower, Name::Lettuce] {
        let at = 1_735_689_600_000; // 2025-01-01
        let t0 = std::time::Instant::now();
        let mut sim = Simulation::warmed(name, 1, None, at, None);
        println!("warm {:?}", t0.elapsed());
        for month in 0..12 {
            let c0 = sim.state.counters.clone();
            let n = sim.spec.rooms.len();
            let mut stats = vec![[[0.0f64; 4]; 5]; n]; // (min,max,day sum,night sum)
            let mut cnt = vec![[0.0f64; 2]; n];
            for s in stats.iter_mut() {
                for q in s.iter_mut() {
                    q[0] = 1e9;
                    q[1] = -1e9;
                }
            }
            for m in 0..30 * 1440 {
                sim.advance(at + (month * 30 * 1440 + m + 1) * 60_000);
                for i in 0..n {
                    let v = sim.room(i, sim.state.at_ms);
                    let f = &sim.flows[i];
                    if sim.state.rooms[i].dry_g <= 0.0 {
                        continue;
                    }
                    let lit = f.lamp_w > 0.0;
                    cnt[i][usize::from(!lit)] += 1.0;
                    for (q, x) in [
                        v.celsius,
                        v.humidity,
                        v.co2_ppm,
                        air::deficit(v.celsius, sim.state.rooms[i].vapour),
                        f.transpired_kg / sim.spec.rooms[i].canopy_m2 * 3.6e6,
                    ]
                    .into_iter()
                    .enumerate()
                    {
                        let s = &mut stats[i][q];
                        s[0] = s[0].min(x);
                        s[1] = s[1].max(x);
                        s[2 + usize::from(!lit)] += x;
                    }
                }
            }
            let c = &sim.state.counters;
            println!(
                "month {month} kWh total {:.0} light {:.0} hvac {:.0} dehum {:.0} irr {:.0} gas {:.0} water m3 {:.1}",
                (c.total_wh - c0.total_wh) / 1e3,
                (c.lighting_wh - c0.lighting_wh) / 1e3,
                (c.hvac_wh - c0.hvac_wh) / 1e3,
                (c.dehumidification_wh - c0.dehumidification_wh) / 1e3,
                (c.irrigation_wh - c0.irrigation_wh) / 1e3,
                (c.gas_wh - c0.gas_wh) / 1e3,
                (c.water_l - c0.water_l) / 1e3
            );
            if month % 6 == 0 {
                for i in 0..n {
                    print!("  {}", sim.spec.rooms[i].slug);
                    for q in 0..5 {
                        let s = stats[i][q];
                        print!(
                            " [{:.1}..{:.1} day {:.2} night {:.2}]",
                            s[0],
                            s[1],
                            s[2] / cnt[i][0],
                            s[3] / cnt[i][1]
                        );
                    }
                    println!(" X {:.0}", sim.state.rooms[i].dry_g);
                }
            }
        }
        for h in &sim.state.harvests {
            println!(
                "{} {} dry/m2 {:.0} weighed kg {:.1}",
                h.zone,
                h.cycle,
                h.dry_g / sim.spec.rooms.iter().find(|r| r.slug == h.zone).unwrap().canopy_m2,
                h.weighed_g / 1e3
            );
        }
        println!("{:?}", t0.elapsed());
    }
}
