//! What sealing and opening cost beside the bare cipher, and beside the common ways to get a key for a
//! value: `cargo bench -p tenancy-core --features encryption --bench encryption`.
//!
//! Everything that is compared runs in turns in one process, so that noise of the machine meets all of it.
//! Times are medians; ratios are medians of the ratios within a turn.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tenancy_core::encryption::{Column, DerivedKeys, Label, RootKey};

const SIZES: [usize; 4] = [16, 64, 256, 4096];
const TURNS: usize = 201;
/// The rounds of the usual recipe.
const PBKDF2_ROUNDS: u32 = 100_000;

/// The cipher alone: a fresh random nonce, one allocation, in place.
fn bare_seal(cipher: &XChaCha20Poly1305, plaintext: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(24 + plaintext.len() + 16);
    let mut nonce = [0; 24];
    getrandom::fill(&mut nonce).unwrap();
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plaintext);
    let tag = cipher
        .encrypt_inout_detached((&nonce).into(), b"", (&mut out[24..]).into())
        .unwrap();
    out.extend_from_slice(&tag);
    out
}

fn bare_open(cipher: &XChaCha20Poly1305, sealed: &[u8]) -> Vec<u8> {
    let (nonce, rest) = sealed.split_first_chunk::<24>().unwrap();
    let (ciphertext, tag) = rest.split_last_chunk::<16>().unwrap();
    let mut out = ciphertext.to_vec();
    cipher
        .decrypt_inout_detached(nonce.into(), b"", out.as_mut_slice().into(), tag.into())
        .unwrap();
    out
}

/// PBKDF2-HMAC-SHA256 for one block of output.
fn pbkdf2(password: &[u8], salt: &[u8; 16]) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(password).unwrap();
    let round = |input: &[u8]| -> [u8; 32] {
        let mut mac = keyed.clone();
        mac.update(input);
        mac.finalize().into_bytes().into()
    };
    let mut block = round(&[salt.as_slice(), &[0, 0, 0, 1]].concat());
    let mut key = block;
    for _ in 1..PBKDF2_ROUNDS {
        block = round(&block);
        key.iter_mut().zip(block).for_each(|(k, b)| *k ^= b);
    }
    key
}

/// The usual recipe: a salt and PBKDF2 for each value.
fn pbkdf2_seal(plaintext: &[u8]) -> Vec<u8> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).unwrap();
    let key = pbkdf2(b"a password of the application", &salt);
    bare_seal(&XChaCha20Poly1305::new(&key.into()), plaintext)
}

/// Argon2id for each value, at the least cost that is recommended.
fn argon2_seal(plaintext: &[u8]) -> Vec<u8> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).unwrap();
    let mut key = [0; 32];
    let params = Params::new(19 * 1024, 2, 1, Some(32)).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(b"a password of the application", &salt, &mut key)
        .unwrap();
    bare_seal(&XChaCha20Poly1305::new(&key.into()), plaintext)
}

/// The time of one call, from `calls` of them.
fn time<R>(calls: u32, mut work: impl FnMut() -> R) -> Duration {
    let begin = Instant::now();
    for _ in 0..calls {
        black_box(work());
    }
    begin.elapsed() / calls
}

/// What is compared, by name; the first is the measure.
type Variants<'a> = Vec<(&'static str, Box<dyn FnMut() -> Duration + 'a>)>;

fn compare(title: &str, turns: usize, mut variants: Variants<'_>) {
    let mut times = vec![Vec::with_capacity(turns); variants.len()];
    for turn in 0..=turns {
        for (i, (_, run)) in variants.iter_mut().enumerate() {
            let time = run();
            // The first turn warms up.
            if turn > 0 {
                times[i].push(time);
            }
        }
    }
    println!("{title}");
    for (i, (name, _)) in variants.iter().enumerate() {
        let ratios = times[i].iter().zip(&times[0]);
        let ratios = ratios.map(|(time, bare)| time.as_secs_f64() / bare.as_secs_f64());
        let ratio = median(ratios.collect());
        let time = median(times[i].iter().map(Duration::as_secs_f64).collect());
        println!("  {:>12.0} ns  {ratio:>10.2}x  {name}", time * 1e9);
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let keys = DerivedKeys::new_blocking("bench", RootKey::generate().unwrap()).unwrap();
    let keys = keys.tenant(&1).unwrap();
    let label = Label::literal("bench.value");
    let cipher = XChaCha20Poly1305::new(&[7; 32].into());
    // The lease is part of the price, so the keys come from a keyring.
    let keyring = leased();
    let leased = keyring.column(&label).unwrap();
    let derived = keys.column(&label).unwrap();
    for size in SIZES {
        sizes(size, &cipher, &leased, &derived, &keyring, &label);
    }

    let plaintext = vec![0x61; 64];
    compare(
        "64 bytes, a key for each value",
        15,
        vec![
            (
                "Tenancy",
                Box::new(|| time(100, || leased.seal(plaintext.as_slice()))),
            ),
            (
                "PBKDF2, 100,000 rounds",
                Box::new(|| time(1, || pbkdf2_seal(&plaintext))),
            ),
            (
                "Argon2id, 19 MiB",
                Box::new(|| time(1, || argon2_seal(&plaintext))),
            ),
        ],
    );
}

fn leased() -> tenancy_core::encryption::TenantKeys {
    use tenancy_core::encryption::{FixedKey, Keyring, MemoryKeyStore, RootId, wait};
    let root = FixedKey::new(RootId::literal("bench"), RootKey::generate().unwrap());
    let lease = std::num::NonZeroU16::MAX;
    let keyring = Keyring::builder(MemoryKeyStore::new(), root).lease_seconds(lease);
    wait(keyring.build().create_tenant(&1)).unwrap()
}

fn sizes(
    size: usize,
    cipher: &XChaCha20Poly1305,
    leased: &Column,
    derived: &Column,
    keys: &tenancy_core::encryption::TenantKeys,
    label: &Label,
) {
    let plaintext = vec![0x61; size];
    let plaintext = plaintext.as_slice();
    let calls = 500;
    compare(
        &format!("seal, {size} bytes"),
        TURNS,
        vec![
            (
                "the bare cipher",
                Box::new(|| time(calls, || bare_seal(cipher, plaintext))),
            ),
            (
                "Column",
                Box::new(|| time(calls, || leased.seal(plaintext))),
            ),
            (
                "Column without a lease",
                Box::new(|| time(calls, || derived.seal(plaintext))),
            ),
            (
                "TenantKeys::column and Column",
                Box::new(|| time(calls, || keys.column(label).unwrap().seal(plaintext))),
            ),
        ],
    );
    let bare = bare_seal(cipher, plaintext);
    let (sealed, without) = (
        leased.seal(plaintext).unwrap(),
        derived.seal(plaintext).unwrap(),
    );
    compare(
        &format!("open, {size} bytes"),
        TURNS,
        vec![
            (
                "the bare cipher",
                Box::new(|| time(calls, || bare_open(cipher, &bare))),
            ),
            (
                "Column",
                Box::new(|| time(calls, || leased.open::<Vec<u8>>(&sealed))),
            ),
            (
                "Column without a lease",
                Box::new(|| time(calls, || derived.open::<Vec<u8>>(&without))),
            ),
            (
                "TenantKeys::column and Column",
                Box::new(|| {
                    time(calls, || {
                        keys.column(label).unwrap().open::<Vec<u8>>(&sealed)
                    })
                }),
            ),
        ],
    );
}
