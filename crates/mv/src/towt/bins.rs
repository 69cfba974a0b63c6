//! Temperature knots.

/// Knots, °F, from which sparse ones are dropped.
pub const KNOTS: [f64; 6] = [30.0, 45.0, 55.0, 65.0, 75.0, 90.0];
/// Hours a bin between knots needs (CalTRACK 3.9.1.1).
const HOURS_MIN: usize = 20;

/// The knots that these temperatures can carry: from the outside in, then in the middle, a knot goes whose bin has
/// fewer than 20 hours.
pub fn knots(temperatures: &[f64]) -> Vec<f64> {
    let mut knots: Vec<f64> = KNOTS.to_vec();
    while !knots.is_empty() {
        // Bin i lies above knot i − 1 and up to knot i.
        let mut counts = vec![0; knots.len() + 1];
        temperatures.iter().for_each(|t| counts[knots.iter().filter(|k| t > *k).count()] += 1);
        let mut remove: Vec<usize> = Vec::new();
        if counts[0] < HOURS_MIN {
            remove.push(0);
        }
        if counts[knots.len()] < HOURS_MIN {
            remove.push(knots.len() - 1);
        }
        if remove.is_empty() {
            remove.extend((1..knots.len()).filter(|bin| counts[*bin] < HOURS_MIN));
        }
        if remove.is_empty() {
            break;
        }
        knots = (0..knots.len()).filter(|i| !remove.contains(i)).map(|i| knots[i]).collect();
    }
    knots
}

/// Writes the part of a temperature in each bin, of which there is one more than knots; they add up to the temperature.
pub fn parts(temperature: f64, knots: &[f64], parts: &mut [f64]) {
    let Some(first) = knots.first() else {
        parts[0] = temperature;
        return;
    };
    parts[0] = temperature.min(*first);
    for (index, low) in knots.iter().enumerate() {
        let width = knots.get(index + 1).map_or(f64::INFINITY, |high| high - low);
        parts[index + 1] = (temperature - low).clamp(0.0, width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: knots 45 and 65, a day at 70: 45 + 20 + 5.
    #[test]
    fn parts_are_as_by_hand() {
        let parts = |temperature| {
            let mut found = [f64::NAN; 3];
            parts(temperature, &[45.0, 65.0], &mut found);
            found
        };
        assert_eq!(parts(70.0), [45.0, 20.0, 5.0]);
        assert_eq!(parts(50.0), [45.0, 5.0, 0.0]);
        assert_eq!(parts(40.0), [40.0, 0.0, 0.0]);
        let mut whole = [0.0];
        super::parts(40.0, &[], &mut whole);
        assert_eq!(whole, [40.0]);
    }

    #[test]
    fn knots_of_sparse_bins_are_dropped() {
        let many = |t: f64, count: usize| std::iter::repeat_n(t, count);
        let temperatures: Vec<f64> = many(40.0, 30).chain(many(50.0, 19)).chain(many(60.0, 50)).collect();
        // 30 has nothing below; 65, 75 and 90 nothing above; the bin from 45 to 55 is sparse.
        assert_eq!(knots(&temperatures), [45.0]);
        assert!(knots(&[]).is_empty());
    }
}
