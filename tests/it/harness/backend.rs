//! A real HTTP/1.1 backend on threads, which answers with what it received.
//!
//! The last two segments of the path ask for a behaviour: `/status/500`, `/delay/250` (milliseconds),
//! `/big-header/8000` (bytes of one header), `/size/100000` (bytes of body), `/close/0` (no answer at all).
//! Any request with `Upgrade: websocket` gets 101 and then its own bytes back; neither frames nor the accept key of
//! RFC 6455 are made, because nginx passes both through unread.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{Ipv6Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::echo::{Echo, NAME_HEADER};
use super::ports::free_port;
use super::wire::{self, Address, Framing, Stream};

/// A backend; stopped when dropped.
#[must_use = "a backend stops when it is dropped"]
pub(crate) struct Backend {
    address: Address,
    shared: Arc<Shared>,
    acceptor: Option<(OwnedFd, JoinHandle<()>)>,
}

struct Shared {
    name: String,
    requests: AtomicUsize,
    connections: AtomicUsize,
    /// The status of every answer; 0 leaves it to the path.
    status: AtomicU16,
    extra: Mutex<Vec<(String, String)>>,
    last: Mutex<Option<Echo>>,
    stopping: AtomicBool,
    open: Mutex<Vec<(Stream, JoinHandle<()>)>>,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Backend {
    /// Listens on 127.0.0.1 and a free port.
    pub(crate) fn tcp(name: &str) -> Self {
        Self::at(name, free_port())
    }

    /// Listens on `[::1]` and a free port.
    pub(crate) fn v6(name: &str) -> Self {
        Self::at(
            name,
            std::net::SocketAddr::from((Ipv6Addr::LOCALHOST, free_port())),
        )
    }

    /// Listens on the unix socket `path`, which everybody may use.
    pub(crate) fn unix(name: &str, path: &Path) -> Self {
        Self::at(name, path)
    }

    /// Listens at `address`.
    #[track_caller]
    pub(crate) fn at(name: &str, address: impl Into<Address>) -> Self {
        let shared = Shared {
            name: name.to_owned(),
            requests: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            status: AtomicU16::new(0),
            extra: Mutex::default(),
            last: Mutex::default(),
            stopping: AtomicBool::new(false),
            open: Mutex::default(),
        };
        let mut backend = Self {
            address: address.into(),
            shared: Arc::new(shared),
            acceptor: None,
        };
        backend.start();
        backend
    }

    /// Listens again at the same address after [`Backend::stop`].
    #[track_caller]
    pub(crate) fn start(&mut self) {
        assert!(
            self.acceptor.is_none(),
            "backend {} runs already",
            self.shared.name
        );
        self.shared.stopping.store(false, Ordering::SeqCst);
        let listener = Listener::bind(&self.address).unwrap_or_else(|error| {
            panic!("backend {} at {}: {error}", self.shared.name, self.address)
        });
        let shared = Arc::clone(&self.shared);
        let socket = listener.socket().expect("a second handle of the listener");
        self.acceptor = Some((socket, thread::spawn(move || shared.accept(&listener))));
    }

    /// Closes the listener and all connections, and waits until every thread has ended.
    pub(crate) fn stop(&mut self) {
        let Some((socket, acceptor)) = self.acceptor.take() else {
            return;
        };
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits in accept: on Linux the first way does, even where the socket's file is gone;
        // elsewhere the second.
        rustix::net::shutdown(&socket, rustix::net::Shutdown::Both).ok();
        drop(self.address.connect());
        drop(socket);
        acceptor.join().ok();
        if let Address::Unix(path) = &self.address {
            std::fs::remove_file(path).ok();
        }
        let open = std::mem::take(&mut *self.shared.open.lock().unwrap());
        for (stream, _) in &open {
            stream.close();
        }
        for (_, thread) in open {
            thread.join().ok();
        }
    }

    /// The address in the command line's syntax, such as `127.0.0.1:20100` or `unix:/tmp/a.sock`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The TCP port.
    #[track_caller]
    pub(crate) fn port(&self) -> u16 {
        match &self.address {
            Address::Tcp(address) => address.port(),
            Address::Unix(path) => panic!("{} has no port", path.display()),
        }
    }

    /// From now on every answer has this status; `None` leaves it to the path again.
    pub(crate) fn always_answer(&self, status: Option<u16>) {
        self.shared
            .status
            .store(status.unwrap_or(0), Ordering::SeqCst);
    }

    /// From now on every answer carries this header too.
    pub(crate) fn always_send(&self, name: &str, value: &str) {
        self.shared
            .extra
            .lock()
            .unwrap()
            .push((name.to_owned(), value.to_owned()));
    }

    /// How many requests have come.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// How many connections have come.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The newest request.
    pub(crate) fn last(&self) -> Option<Echo> {
        self.shared.last.lock().unwrap().clone()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Listener {
    fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => TcpListener::bind(address).map(Self::Tcp),
            Address::Unix(path) => {
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777))?;
                Ok(Self::Unix(listener))
            }
        }
    }

    fn socket(&self) -> io::Result<OwnedFd> {
        match self {
            Self::Tcp(listener) => listener.try_clone().map(OwnedFd::from),
            Self::Unix(listener) => listener.try_clone().map(OwnedFd::from),
        }
    }

    fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(listener) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &Listener) {
        loop {
            let accepted = listener.accept();
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let Ok(stream) = accepted else { continue };
            let Ok(handle) = stream.try_clone() else {
                continue;
            };
            self.connections.fetch_add(1, Ordering::SeqCst);
            let shared = Arc::clone(self);
            let thread = thread::spawn(move || {
                // An error is the other end going away.
                shared.serve(stream).ok();
            });
            let mut open = self.open.lock().unwrap();
            open.retain(|(_, thread)| !thread.is_finished());
            open.push((handle, thread));
        }
    }

    fn serve(&self, stream: Stream) -> io::Result<()> {
        let writer = stream.try_clone()?;
        let mut reader = BufReader::new(stream);
        let served = self.converse(&mut reader, writer);
        // The acceptor holds a clone, so dropping this one would not end the connection.
        reader.get_ref().close();
        served
    }

    fn converse(&self, reader: &mut BufReader<Stream>, mut writer: Stream) -> io::Result<()> {
        while let Some(head) = wire::read_head(reader)? {
            let body = wire::read_body(reader, &wire::framing(&head.headers, Framing::Empty))?;
            self.requests.fetch_add(1, Ordering::SeqCst);
            let echo = Echo::of(&self.name, &head, body.len());
            *self.last.lock().unwrap() = Some(echo.clone());
            if echo.says("Upgrade", "websocket") {
                return self.mirror(reader, writer);
            }
            match echo.wish() {
                Some(("delay", count)) => {
                    thread::sleep(Duration::from_millis(u64::try_from(count).unwrap()));
                }
                Some(("close", _)) => return Ok(()),
                _ => {}
            }
            let status = self.status.load(Ordering::SeqCst);
            let answer = echo.answer((status != 0).then_some(status), &self.extra.lock().unwrap());
            writer.write_all(&answer)?;
            if !echo.keeps() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn mirror(&self, reader: &mut BufReader<Stream>, mut writer: Stream) -> io::Result<()> {
        let name = &self.name;
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{NAME_HEADER}: {name}\r\n\r\n"
        );
        writer.write_all(head.as_bytes())?;
        let mut buffer = [0; 4096];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(()),
                count => writer.write_all(&buffer[..count])?,
            }
        }
    }
}
