//! How much one page and one address may ask for.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Addresses of those who have gone are forgotten after so many arrivals.
const FORGET_EVERY: u32 = 1000;

/// A bucket that fills steadily and from which each request takes.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    level: f32,
    at: Instant,
}

/// How large a bucket is, and how much comes in a second.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// What it holds.
    pub burst: f32,
    /// What comes in a second.
    pub per_second: f32,
}

impl Bucket {
    /// A full one.
    pub fn full(rate: Rate, now: Instant) -> Self {
        Self { level: rate.burst, at: now }
    }

    /// Takes some out; `false` if there is not enough.
    pub fn take(&mut self, cost: f32, rate: Rate, now: Instant) -> bool {
        self.fill(rate, now);
        let enough = self.level >= cost;
        if enough {
            self.level -= cost;
        }
        enough
    }

    fn fill(&mut self, rate: Rate, now: Instant) {
        let seconds = now.saturating_duration_since(self.at).as_secs_f32();
        self.level = (self.level + seconds * rate.per_second).min(rate.burst);
        self.at = now;
    }

    fn is_full(&mut self, rate: Rate, now: Instant) -> bool {
        self.fill(rate, now);
        self.level >= rate.burst
    }
}

/// The limits for connections.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// In all.
    pub connections: usize,
    /// From one address.
    pub per_address: usize,
    /// New ones from one address in a minute.
    pub new_per_minute: u32,
}

/// Who is connected, by address.
#[derive(Debug, Default)]
pub struct Guests(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: usize,
    arrivals: u32,
    by_address: HashMap<IpAddr, Guest>,
}

#[derive(Debug)]
struct Guest {
    open: usize,
    bucket: Bucket,
}

/// One connection's place; dropping it makes room.
#[derive(Debug)]
pub struct Place {
    guests: Arc<Guests>,
    address: IpAddr,
}

impl Guests {
    /// Lets a connection in, if there is room for it.
    pub fn admit(self: &Arc<Self>, address: IpAddr, most: Most, now: Instant) -> Option<Place> {
        let address = neighbourhood(address);
        let mut state = self.lock();
        state.arrivals = state.arrivals.wrapping_add(1);
        if state.arrivals.is_multiple_of(FORGET_EVERY) {
            state.forget_the_idle(most, now);
        }
        let rate = rate(most);
        let guest = state.by_address.entry(address);
        let guest = guest.or_insert_with(|| Guest { open: 0, bucket: Bucket::full(rate, now) });
        let fits = guest.open < most.per_address && guest.bucket.take(1.0, rate, now);
        if !fits || state.open >= most.connections {
            return None;
        }
        state.open += 1;
        if let Some(guest) = state.by_address.get_mut(&address) {
            guest.open += 1;
        }
        Some(Place { guests: self.clone(), address })
    }

    /// Forgets addresses that have nothing open and all their rate again; arrivals do that too, from time to time.
    pub fn forget_the_idle(&self, most: Most, now: Instant) {
        self.lock().forget_the_idle(most, now);
    }

    /// How many connections there are.
    pub fn open(&self) -> usize {
        self.lock().open
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets addresses that have nothing open and all their rate again.
    fn forget_the_idle(&mut self, most: Most, now: Instant) {
        self.by_address.retain(|_, guest| guest.open > 0 || !guest.bucket.is_full(rate(most), now));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.guests.lock();
        state.open -= 1;
        if let Some(guest) = state.by_address.get_mut(&self.address) {
            guest.open -= 1;
        }
    }
}

fn rate(most: Most) -> Rate {
    let most = most.new_per_minute as f32;
    Rate { burst: most, per_second: most / 60.0 }
}

/// Somebody with IPv6 has 2^64 addresses.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    const MOST: Most = Most { connections: 5, per_address: 2, new_per_minute: 3 };

    #[test]
    fn one_address_can_not_take_all_places_nor_come_too_often() {
        let (guests, now) = (Arc::new(Guests::default()), Instant::now());
        let address: IpAddr = "10.0.0.1".parse().unwrap();
        let first = guests.admit(address, MOST, now).unwrap();
        let _second = guests.admit(address, MOST, now).unwrap();
        assert!(guests.admit(address, MOST, now).is_none(), "two are open");
        drop(first);
        let _third = guests.admit(address, MOST, now).unwrap();
        drop(_second);
        assert!(guests.admit(address, MOST, now).is_none(), "three in a minute");
        assert!(guests.admit(address, MOST, now + Duration::from_secs(20)).is_some());
        assert_eq!(guests.open(), 1);
    }

    #[test]
    fn neighbours_in_one_network_are_one_address() {
        let (guests, now) = (Arc::new(Guests::default()), Instant::now());
        let admit = |address: &str| guests.admit(address.parse().unwrap(), MOST, now);
        let _both = (admit("2001:db8::1").unwrap(), admit("2001:db8::2").unwrap());
        assert!(admit("2001:db8::3").is_none());
        assert!(admit("2001:db8:0:1::3").is_some());
        let _same = (admit("::ffff:10.0.0.9").unwrap(), admit("10.0.0.9").unwrap());
        assert!(admit("10.0.0.9").is_none());
    }

    #[test]
    fn who_has_gone_is_forgotten_after_a_while() {
        let (guests, now) = (Arc::new(Guests::default()), Instant::now());
        let come = |number: u32, now| drop(guests.admit(Ipv4Addr::from(number).into(), MOST, now));
        (1..FORGET_EVERY).for_each(|number| come(number, now));
        assert_eq!(guests.lock().by_address.len(), FORGET_EVERY as usize - 1);
        come(0, now + Duration::from_secs(60));
        assert_eq!(guests.lock().by_address.len(), 1);
    }
}
