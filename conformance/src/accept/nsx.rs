//! NSX-T: what it shows, and what it does when nobody asks.

use super::calls::Call;
use super::guard::Stop;
use super::node::{Node, Reading, Way};
use super::search::Search;
use super::servers::Answer;
use crate::dictionary::{self, Unmapped};
use crate::nsx::uid_in;
use crate::words::Words;
use hopwise_protocol::{Address, Kind, Ports, Realization, Uid, VirtualServer};
use hopwise_vocab::{Deed, Object, Realizable, Verb};
use serde_json::Value;

/// What NSX-T does by itself.
const HIDDEN: [Deed; 4] = [
    Deed::Realize(Realizable::Allocation),
    Deed::Realize(Realizable::LoadBalancer),
    Deed::Free,
    Deed::Fail(Realizable::LoadBalancer),
];

/// How many of its own steps NSX-T may take between two requests.
const PATIENCE: usize = 8;

/// What the answer to a GET shows.
#[derive(Debug)]
enum Shown {
    /// Nothing that is in the model.
    Nothing,
    /// Whether there is an allocation.
    Allocation(Uid, bool),
    /// What has become of it; nothing was made of it yet, or it is gone, where that is none.
    Realization(Uid, Option<Realization>),
    /// Which virtual servers there are, and where.
    Servers(Vec<(Uid, usize, Address)>),
    /// What has become of one; nothing was made of it yet, or it is gone, where that is none.
    Server(Uid, usize, Option<VirtualServer>),
}

/// The Supervisor Service in whose name a target in NSX-T is.
pub(super) fn owner(path: &str, words: &dyn Words) -> Result<Uid, Unmapped> {
    let id = path.rsplit('/').next().unwrap_or_default();
    let uid = uid_in(id).ok_or_else(|| Unmapped::new("the id", id))?;
    words.uid(Kind::SupervisorService, uid)
}

impl Search<'_> {
    /// The ways to go on after some of NSX-T's own steps, the fewest first.
    pub(super) fn hidden(&self, node: &Node) -> Vec<Way> {
        let mut ways = vec![Way::from(node)];
        let mut next = 0;
        while next < ways.len() {
            let way = ways[next].clone();
            next += 1;
            if way.taken.len() == PATIENCE {
                continue;
            }
            for deed in HIDDEN {
                let mut after = way.clone();
                let is_step = self.take(&mut after, deed).is_ok();
                if is_step && ways.iter().all(|known| known.node != after.node) {
                    ways.push(after);
                }
            }
        }
        ways
    }

    /// One GET of ncp's read. The model's read takes place when the last answer is heard or, if
    /// NSX-T has changed by then, when one of them is given.
    pub(super) fn reads_nsx(
        &self,
        node: &Node,
        number: u64,
        call: &Call,
        answer: Answer<'_>,
    ) -> Result<Vec<Way>, Stop> {
        let deed = Deed::Serve(call.hop, Verb::Read, Object::Nsx);
        let shown = shown(&call.request, answer, &node.words(&self.index));
        let shown = shown.map_err(|unmapped| Stop::of(deed, unmapped.to_string()))?;
        let mut fitting = Vec::new();
        let mut why = None;
        for way in self.hidden(node) {
            match fits(&way.node, &shown, deed) {
                Ok(()) => fitting.push(way),
                Err(stop) => why = why.or(Some(stop)),
            }
        }
        let is_taken = node.side(call.hop).call.is_none();
        if is_taken && !node.side(call.hop).is_reading {
            return Err(Stop::of(
                deed,
                format!("call {number} is none that anybody waits for"),
            ));
        }
        let mut ways = Vec::new();
        for way in fitting {
            ways.push(way.clone());
            if !is_taken && call.part.whole {
                let mut read = way;
                self.take(&mut read, deed)?;
                let side = read.node.side_mut(call.hop);
                side.call = None;
                side.is_reading = true;
                ways.push(read);
            }
        }
        match why {
            Some(why) if ways.is_empty() => Err(why),
            Some(_) | None => Ok(ways),
        }
    }

    /// Whether NSX-T holds what a sweep is about to remove.
    pub(super) fn is_held(&self, node: &Node, call: &Call, object: Object) -> bool {
        let uid = self.decoded(node, call).ok().and_then(|asked| asked.uid);
        let place = uid.map(|uid| *node.lane().place(uid));
        place.is_some_and(|place| {
            if object == Object::Allocation {
                place.allocation.is_some()
            } else {
                place.load_balancer.is_some()
            }
        })
    }
}

fn fits(node: &Node, shown: &Shown, deed: Deed) -> Result<(), Stop> {
    let lane = node.lane();
    match shown {
        Shown::Nothing => Ok(()),
        Shown::Allocation(uid, is_there) => {
            let model = lane.place(*uid).allocation.is_some();
            Stop::differs(deed, "whether there is an allocation", (&model, is_there))
        }
        Shown::Realization(uid, realization) => {
            let model = lane.place(*uid).allocation.map(|it| it.realization);
            let model = model.filter(|it| realization.is_some() || *it != Realization::Pending);
            Stop::differs(deed, "allocation", (&model, realization))
        }
        Shown::Servers(found) => {
            let mut model = Vec::new();
            for (uid, place) in lane.places_by_uid() {
                let Some(there) = place.load_balancer else {
                    continue;
                };
                let servers = there.servers.iter().enumerate();
                let there_are = servers.filter(|(_, server)| **server != VirtualServer::Absent);
                model.extend(there_are.map(|(index, _)| (uid, index, there.vip)));
            }
            Stop::differs(deed, "virtual servers", (&model, found))
        }
        Shown::Server(uid, index, state) => {
            let there = lane.place(*uid).load_balancer;
            let model = there.map(|there| there.servers[*index]);
            let nothing = [VirtualServer::Absent, VirtualServer::Unrealized];
            let model = model.filter(|it| state.is_some() || !nothing.contains(it));
            Stop::differs(deed, "virtual server", (&model, state))
        }
    }
}

fn shown(
    request: &http::Request<bytes::Bytes>,
    (status, answer): Answer<'_>,
    words: &Reading<'_>,
) -> Result<Shown, Unmapped> {
    let path = request.uri().path();
    let query = request
        .uri()
        .query()
        .unwrap_or_default()
        .replace("%2F", "/");
    if path.contains("/ip-allocations/") {
        return Ok(Shown::Allocation(owner(path, words)?, status < 300));
    }
    if path.ends_with("/lb-virtual-servers") {
        return servers(answer, words);
    }
    let is_realization = path.ends_with("/realized-entities") && status < 300;
    if is_realization && query.contains("/ip-allocations/") {
        return Ok(Shown::Realization(
            owner(&query, words)?,
            realization(answer)?,
        ));
    }
    if is_realization && query.contains("/lb-virtual-servers/") {
        let id = query.rsplit('/').next().unwrap_or_default();
        let (uid, index) = server(id, words)?;
        return Ok(Shown::Server(uid, index, state(answer)));
    }
    Ok(Shown::Nothing)
}

fn realization(answer: &Value) -> Result<Option<Realization>, Unmapped> {
    let entity = &answer["results"][0];
    Ok(Some(match entity["state"].as_str() {
        Some("REALIZED") => {
            let attributes = entity["extended_attributes"].as_array();
            let mut attributes = attributes.into_iter().flatten();
            let address = attributes.find(|one| one["key"] == "allocation_ip");
            let ip = address.and_then(|one| one["values"][0].as_str()?.parse().ok());
            let ip = ip.ok_or_else(|| Unmapped::new("an allocation of", "no address"))?;
            Realization::Address(dictionary::address(ip)?)
        }
        Some("ERROR") => Realization::Failed,
        Some(_) => Realization::Pending,
        None => return Ok(None),
    }))
}

fn state(answer: &Value) -> Option<VirtualServer> {
    Some(match answer["results"][0]["state"].as_str() {
        Some("REALIZED") => VirtualServer::Realized,
        Some("ERROR") => VirtualServer::Failed,
        Some(_) => VirtualServer::Unrealized,
        None => return None,
    })
}

fn servers(answer: &Value, words: &Reading<'_>) -> Result<Shown, Unmapped> {
    let mut found = Vec::new();
    for one in answer["results"].as_array().into_iter().flatten() {
        let id = one["id"].as_str().unwrap_or_default();
        let (uid, index) = server(id, words)?;
        let ip = one["ip_address"].as_str().and_then(|ip| ip.parse().ok());
        let ip = ip.ok_or_else(|| Unmapped::new("the virtual server", id))?;
        found.push((uid, index, dictionary::address(ip)?));
    }
    found.sort();
    Ok(Shown::Servers(found))
}

/// Whose virtual server an id is, and on which port, counted from the lowest.
fn server(id: &str, words: &Reading<'_>) -> Result<(Uid, usize), Unmapped> {
    let uid = owner(id, words)?;
    let odd = || Unmapped::new("the virtual server", id);
    let port = id.rsplit('-').next().and_then(|port| port.parse().ok());
    let port = port.ok_or_else(odd)?;
    match dictionary::listeners(&[("TCP".into(), port)])? {
        Ports::A => Ok((uid, 0)),
        Ports::B => Ok((uid, 1)),
        Ports::Both => Err(odd()),
    }
}
