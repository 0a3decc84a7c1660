//! What stands in front of a server, forwards every byte, and keeps a copy.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A listening tap.
pub struct Tap {
    /// Where it listens.
    pub url: String,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    /// A stream each of every connection's two directions.
    heard: Mutex<Vec<Vec<u8>>>,
    refuses: AtomicBool,
}

/// What NSX-T answers whose password it does not take.
const REFUSAL: &[u8] = b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\n\
    content-length: 90\r\nconnection: close\r\n\r\n\
    {\"module_name\":\"common-services\",\"error_message\":\"The credentials were\",\"error_code\":403 }";

impl Tap {
    /// In front of a server that speaks plain HTTP.
    pub fn before(url: &str) -> Tap {
        let server: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let line = Arc::new(Line::default());
        let tap = Tap {
            url,
            line: Arc::clone(&line),
        };
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, line) = (client.unwrap(), Arc::clone(&line));
                // A server that is gone is the client's matter: its connection is closed.
                let Ok(server) = TcpStream::connect(server) else {
                    continue;
                };
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let heard = Arc::clone(&line);
                thread::spawn(move || line.carry(client, server, true));
                thread::spawn(move || heard.carry(back.0, back.1, false));
            }
        });
        tap
    }

    /// Everything that was carried, to the server and from it.
    pub fn heard(&self) -> Vec<u8> {
        self.line.heard.lock().unwrap().join(&0)
    }

    /// From now on, or from now on no more, requests are refused as by a manager whose password was
    /// changed.
    pub fn refuse(&self, refuses: bool) {
        self.line.refuses.store(refuses, Ordering::Relaxed);
    }
}

impl Line {
    fn open(&self) -> usize {
        let mut heard = self.heard.lock().unwrap();
        heard.push(Vec::new());
        heard.len() - 1
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream, is_request: bool) {
        let mut buffer = [0; 16 * 1024];
        let stream = self.open();
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            self.heard.lock().unwrap()[stream].extend_from_slice(&buffer[..count]);
            if is_request && self.refuses.load(Ordering::Relaxed) {
                // Who does not listen any more needs no refusal.
                let _ = from.write_all(REFUSAL);
                break;
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        // It may have been closed by its other end.
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}
