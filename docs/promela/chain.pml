/* The protocol of docs/protocol.md in Promela, for one scenario: `create`.
 *
 * One Service, which the user creates once and may delete once; no edits; a pool of one address.
 * It is there to be read beside docs/protocol.md, whose sections (§) and rows (L1, T1, N1, R1) it
 * names, and to be counted by Spin beside the model in model/protocol. README.md says how.
 *
 * One step is one action of §8: a guard, then an effect, in one d_step. Within a d_step Spin takes
 * the first alternative whose guard is true, as the tables take "the first row that applies".
 * Between the steps of the loop at the end every choice is explored.
 *
 * What this scenario makes constant is left out:
 * - UIDs. Of each kind there is at most one incarnation (asserted at every creation), so a UID
 *   precondition holds wherever there is an object, and D is always ours.
 * - Ports. They never differ: L5 does not occur, nor "other ports" in N4.
 * - The address. There is one, so an address is a flag, and every VIP is that address.
 * - Exhaustion. The one allocation finds the address free (asserted): N3 does not occur.
 * As in model/protocol, Endpoints (L6) and the bound of eight passes in a row are left out too.
 */

/* ---- §2 Objects, at their server and as seen ------------------------------------------------ */

#define THERE     1     /* there is an object; without this flag there is no other */
#define DELETING  2     /* it has a deletionTimestamp */
#define HELD      4     /* it carries the finalizer of the hop whose upstream object it is */
#define SHOWS     8     /* its status shows the address */
#define CURRENT  16     /* of an upstream object as seen: no write has changed the object since */

#define is_live(o)    (((o) & (THERE | DELETING)) == THERE)
#define is_held(o)    (((o) & HELD) != 0)
#define version(o)    ((o) & CURRENT)
#define address(o)    ((o) & SHOWS)
#define outdated(o)   ((o) & ~CURRENT)

#define as_upstream(o)    ((o) == 0 -> 0 : ((o) | CURRENT))
#define as_downstream(o)  ((o) & ~HELD)     /* no decision about D reads D's finalizer */

unsigned service : 4;               /* at the guest API server */
unsigned vm_service : 4;            /* at the Supervisor API server */
unsigned supervisor_service : 4;    /* likewise */

bit had_service, had_vm_service, had_supervisor_service;    /* the incarnation has been created */
bit deletion_asked;                                         /* the user has deleted the Service */

/* ---- §6 NSX-T ------------------------------------------------------------------------------- */

#define ABSENT       0
#define PENDING      1      /* the allocation is accepted */
#define UNREALIZED   1      /* the load balancer is programmed */
#define REALIZED     2      /* the allocation has the address; the load balancer serves at it */
#define FREE         0      /* the address can be had */
#define TAKEN        1      /* an allocation has it */
#define QUARANTINED  2      /* it was given back a short while ago */

unsigned allocation : 2;
unsigned load_balancer : 2;
unsigned pool : 2;

/* ---- §3 What a hop has seen, and its pass --------------------------------------------------- */

mtype = { HOLD, RELEASE, PUBLISH, CREATE, DELETE, READ, ALLOCATE, WITHDRAW, PROGRAM, UNPROGRAM };
#define IDLE  0

typedef Hop {
    unsigned up : 5;        /* U as last delivered */
    unsigned down : 4;      /* D as last delivered, or as in the last LIST answer; ncp: unused */
    mtype call;             /* the call that the pass waits for; IDLE if no pass is under way */
    bit answered;           /* whether it has been served, so that it is to be heard next */
    bit again;              /* something that begins a pass has happened during this one */
    unsigned carries : 5;   /* read: U as the pass saw it when it began;
                               hold, release, publish: U's version as seen; publish: the address */
    unsigned answer : 4;    /* read, answered: D at its server at that moment */
}
Hop ccm, vmop, ncp;

bit polled;                         /* ccm has heard the answer to a LIST */
bit list_sent, list_answered;       /* ccm's LIST is under way; it has been served */
unsigned listed : 4;                /* ... with this */

/* The events of each watch that are not delivered yet: the object after the write, 0 if gone. */
#define ROOM  5
chan service_to_ccm             = [ROOM] of { byte };
chan vm_service_to_vmop         = [ROOM] of { byte };
chan supervisor_service_to_vmop = [ROOM] of { byte };
chan supervisor_service_to_ncp  = [ROOM] of { byte };

byte event, n, after;               /* used within one step, and 0 between steps */

/* The hop sends a request; or it ends its pass. What no longer matters is forgotten. */
inline ask(hop, verb, what) {
    hop.carries = what;
    hop.call = verb;
    hop.answered = 0;
    hop.answer = 0
}

inline rest(hop) { ask(hop, IDLE, 0) }

/* ---- §5 Writes and the events they cause ---------------------------------------------------- */

/* U changes: whatever the hop has seen of it, or is yet to be delivered, has an old version now. */
inline expire(hop, events) {
    hop.up = outdated(hop.up);
    hop.carries = outdated(hop.carries);
    n = len(events);
    do
    :: n > 0 -> events?event; events!outdated(event); n--
    :: else -> event = 0; break
    od
}

/* A write that changes the object is one event for every watcher; another write is none. */
inline put_service(object) {
    if
    :: object != service ->
        service = object;
        expire(ccm, service_to_ccm);
        service_to_ccm!as_upstream(service)
    :: else -> skip
    fi
}

inline put_vm_service(object) {
    if
    :: object != vm_service ->
        vm_service = object;
        expire(vmop, vm_service_to_vmop);
        vm_service_to_vmop!as_upstream(vm_service)
    :: else -> skip
    fi
}

inline put_supervisor_service(object) {
    if
    :: object != supervisor_service ->
        supervisor_service = object;
        supervisor_service_to_vmop!as_downstream(supervisor_service);
        expire(ncp, supervisor_service_to_ncp);
        supervisor_service_to_ncp!as_upstream(supervisor_service)
    :: else -> skip
    fi
}

/* What the hop's hold, release or publish makes of U, in `after`. U is unchanged if the version
 * that the hop saw is old (409) or U is gone (404: its disappearance made the version old). */
inline write_up(hop, object) {
    if
    :: !version(hop.carries) -> after = object
    :: hop.call == HOLD && !is_live(object) -> after = object                           /* 422 */
    :: hop.call == HOLD -> after = object | HELD
    :: hop.call == RELEASE && is_live(object) -> after = object & ~HELD
    :: hop.call == RELEASE -> after = 0
    :: hop.call == PUBLISH -> after = (object & ~SHOWS) | address(hop.carries)
    fi
}

/* What DELETE makes of an object, in `after`. */
inline delete(object) {
    if
    :: is_held(object) -> after = object | DELETING
    :: else -> after = 0
    fi
}

/* What POST makes of the name, in `after`. Taken, it is refused (409). */
inline create(object, had) {
    after = object;
    if
    :: object == 0 -> assert(!had); had = 1; after = THERE
    :: else -> skip
    fi
}

/* ---- §4.1, §4.2 Decisions of ccm and vmop --------------------------------------------------- */

/* The switches WITHOUT_... turn one safeguard of §9 off. */
#ifdef WITHOUT_FINALIZER_BEFORE_CREATE
#define HOLD_FIRST   0
#else
#define HOLD_FIRST   1
#endif
#ifdef WITHOUT_HOLD_UNTIL_GONE
#define READ_FIRST   0
#else
#define READ_FIRST   1
#endif
#ifdef WITHOUT_RELEASE_IP_LAST
#define IP_LAST      0
#else
#define IP_LAST      1
#endif

/* A pass begins. `knows`: D has been polled, or is watched. */
inline decide(hop, knows) {
    hop.again = 0;
    if
    :: hop.up == 0 -> skip                                                      /* U is not seen */
    :: is_live(hop.up) ->
        if
        :: HOLD_FIRST && !is_held(hop.up) -> ask(hop, HOLD, version(hop.up))               /* L1 */
        :: !knows -> skip                                                                  /* L2 */
        :: hop.down == 0 -> ask(hop, CREATE, 0)                                            /* L3 */
        :: !is_held(hop.up) -> ask(hop, HOLD, version(hop.up))           /* L1 if not first */
        :: !is_live(hop.down) -> skip                                                      /* L4 */
        :: address(hop.down) != address(hop.up) ->
            ask(hop, PUBLISH, version(hop.up) | address(hop.down))                         /* L7 */
        :: else -> skip                                                                    /* L8 */
        fi
    :: else ->
        assert(is_held(hop.up));    /* not held, an object that is being deleted is gone */
        if
        :: !knows -> skip                                                                  /* T1 */
        :: is_live(hop.down) -> ask(hop, DELETE, 0)                                        /* T2 */
        :: READ_FIRST -> ask(hop, READ, hop.up)                                            /* T3 */
        :: else -> ask(hop, RELEASE, version(hop.up))                   /* T3 without the read */
        fi
    fi
}

/* `hear`: the pass goes on, or ends; then the next begins if something has asked for it. */
inline hear(hop, knows) {
    if
    :: hop.call == READ && hop.answer == 0 -> ask(hop, RELEASE, version(hop.carries))     /* T3a */
    :: hop.call == READ && is_live(hop.answer) -> ask(hop, DELETE, 0)                     /* T3b */
    :: else -> rest(hop)                                     /* T3c, or a write has been answered */
    fi;
    if
    :: hop.call == IDLE && hop.again -> decide(hop, knows)
    :: else -> skip
    fi
}

inline wake(hop, knows) {
    if
    :: hop.call == IDLE -> decide(hop, knows)
    :: else -> hop.again = 1
    fi
}

/* `serve`: the call is answered. Of a write nothing but the verb is remembered. */
inline reply(hop) {
    after = 0;
    hop.answered = 1;
    if
    :: hop.call == READ -> skip
    :: else -> hop.carries = 0
    fi
}

inline serve_ccm() {
    if
    :: ccm.call == READ -> ccm.answer = as_downstream(vm_service)
    :: ccm.call == CREATE -> create(vm_service, had_vm_service); put_vm_service(after)
    :: ccm.call == DELETE -> delete(vm_service); put_vm_service(after)
    :: else -> write_up(ccm, service); put_service(after)
    fi;
    reply(ccm)
}

inline serve_vmop() {
    if
    :: vmop.call == READ -> vmop.answer = as_downstream(supervisor_service)
    :: vmop.call == CREATE ->
        create(supervisor_service, had_supervisor_service); put_supervisor_service(after)
    :: vmop.call == DELETE -> delete(supervisor_service); put_supervisor_service(after)
    :: else -> write_up(vmop, vm_service); put_vm_service(after)
    fi;
    reply(vmop)
}

/* ---- §4.3 Decisions of ncp ------------------------------------------------------------------ */

inline decide_ncp() {
    ncp.again = 0;
    if
    :: ncp.up == 0 -> skip                                                      /* U is not seen */
    :: is_held(ncp.up) -> ask(ncp, READ, ncp.up)
    :: else -> ask(ncp, HOLD, version(ncp.up))
    fi
}

inline end_ncp() {
    rest(ncp);
    if
    :: ncp.again -> decide_ncp()
    :: else -> skip
    fi
}

/* The read of NSX-T is served and heard at once (§8). */
inline read_nsx() {
    if
    :: is_live(ncp.carries) ->
        if
        :: allocation == ABSENT -> ask(ncp, ALLOCATE, 0)                                   /* N1 */
        :: allocation == PENDING -> end_ncp()                                              /* N2 */
        :: load_balancer == ABSENT -> ask(ncp, PROGRAM, 0)                                 /* N4 */
        :: load_balancer == UNREALIZED -> end_ncp()                                        /* N5 */
        :: !address(ncp.carries) -> ask(ncp, PUBLISH, version(ncp.carries) | SHOWS)        /* N6 */
        :: else -> end_ncp()                                                               /* N7 */
        fi
    :: else ->
        if
        :: !IP_LAST && allocation != ABSENT -> ask(ncp, WITHDRAW, 0)               /* R2 if first */
        :: load_balancer != ABSENT -> ask(ncp, UNPROGRAM, 0)                               /* R1 */
        :: allocation != ABSENT -> ask(ncp, WITHDRAW, 0)                                   /* R2 */
        :: else -> ask(ncp, RELEASE, version(ncp.carries))                                 /* R3 */
        fi
    fi
}

/* `serve ncp`, a write. In NSX-T a repeated one changes nothing. */
inline serve_ncp() {
    if
    :: ncp.call == ALLOCATE && allocation == ABSENT -> allocation = PENDING
    :: ncp.call == PROGRAM && load_balancer == ABSENT -> load_balancer = UNREALIZED
    :: ncp.call == ALLOCATE || ncp.call == PROGRAM -> skip
    :: ncp.call == UNPROGRAM -> load_balancer = ABSENT
    :: ncp.call == WITHDRAW ->
        if
        :: allocation == REALIZED -> pool = QUARANTINED
        :: else -> skip
        fi;
        allocation = ABSENT
    :: else -> write_up(ncp, supervisor_service); put_supervisor_service(after)
    fi;
    reply(ncp)
}

/* Nobody can watch NSX-T: after a write to it another pass begins at once (§3). */
inline hear_ncp() {
    if
    :: ncp.call == HOLD || ncp.call == PUBLISH || ncp.call == RELEASE -> skip
    :: else -> ncp.again = 1
    fi;
    end_ncp()
}

inline wake_ncp() {
    if
    :: ncp.call == IDLE -> decide_ncp()
    :: else -> ncp.again = 1
    fi
}

inline realize_allocation() {
    assert(pool == FREE);
    pool = TAKEN;
    allocation = REALIZED
}

/* ---- §10 Properties ------------------------------------------------------------------------- */

#define hop_order  ((!vm_service || service) && (!supervisor_service || vm_service) \
                    && ((allocation == ABSENT && load_balancer == ABSENT) || supervisor_service))
#define status_true    (!(is_live(service) && address(service)) || allocation == REALIZED)
#define vip_allocated  (load_balancer == ABSENT || allocation == REALIZED)

#define deleted  (had_service && !is_live(service))
#define gone     (!service && !vm_service && !supervisor_service \
                  && allocation == ABSENT && load_balancer == ABSENT && pool != QUARANTINED)

/* ---- §8 Actions, by class of fairness ------------------------------------------------------- */

#define waits(hop)   (hop.call != IDLE && !hop.answered)    /* its request is to be served */
#define listens(hop) (hop.call != IDLE && hop.answered)     /* the answer is to be heard */

/* One process takes every step. Spin's weak fairness is one of processes, so for the liveness
 * property every class is a process of its own. The user then is fair too, which changes nothing:
 * when the property begins to wait, the user has no step left. */
#ifdef FAIR
#define CLASS(name)  od } active proctype name() { do
ltl deleted_leads_to_gone { [] (deleted -> <> gone) }
#else
#define CLASS(name)
#endif

active proctype user() { do
    :: d_step { !had_service ->                                             /* user create */
        had_service = 1; put_service(THERE) }
    :: d_step { is_live(service) && !deletion_asked ->                      /* user delete */
        deletion_asked = 1; delete(service); put_service(after); after = 0 }

CLASS(ccm_poll)
    :: d_step { !list_sent -> list_sent = 1 }
CLASS(ccm_list_served)
    :: d_step { list_sent && !list_answered ->
        list_answered = 1; listed = as_downstream(vm_service) }
CLASS(ccm_list_heard)
    :: d_step { list_answered ->
        ccm.down = listed; polled = 1;
        list_sent = 0; list_answered = 0; listed = 0; wake(ccm, polled) }
CLASS(ccm_delivery)
    :: d_step { service_to_ccm?ccm.up -> wake(ccm, polled) }
CLASS(ccm_served)
    :: d_step { waits(ccm) -> serve_ccm() }
CLASS(ccm_heard)
    :: d_step { listens(ccm) -> hear(ccm, polled) }

#ifdef VMOP_TICK
CLASS(vmop_tick)
    :: d_step { vmop.call == IDLE && vmop.up != 0 -> decide(vmop, true) }
#endif
CLASS(vmop_delivery_of_upstream)
    :: d_step { vm_service_to_vmop?vmop.up -> wake(vmop, true) }
CLASS(vmop_delivery_of_downstream)
    :: d_step { supervisor_service_to_vmop?vmop.down -> wake(vmop, true) }
CLASS(vmop_served)
    :: d_step { waits(vmop) -> serve_vmop() }
CLASS(vmop_heard)
    :: d_step { listens(vmop) -> hear(vmop, true) }

CLASS(ncp_tick)
    :: d_step { ncp.call == IDLE && ncp.up != 0 -> decide_ncp() }
CLASS(ncp_delivery)
    :: d_step { supervisor_service_to_ncp?ncp.up -> wake_ncp() }
CLASS(ncp_served)
    :: d_step { waits(ncp) && ncp.call == READ -> read_nsx() }
    :: d_step { waits(ncp) && ncp.call != READ -> serve_ncp() }
CLASS(ncp_heard)
    :: d_step { listens(ncp) -> hear_ncp() }

CLASS(nsx_realizes_allocation)
    :: d_step { allocation == PENDING -> realize_allocation() }
CLASS(nsx_realizes_load_balancer)
    :: d_step { load_balancer == UNREALIZED -> load_balancer = REALIZED }
CLASS(nsx_ends_quarantine)
    :: d_step { pool == QUARANTINED -> pool = FREE }

/* Possible only where a property is false: with the properties true, these add no step. */
CLASS(judge)
    :: d_step { !hop_order -> assert(hop_order) }
    :: d_step { !status_true -> assert(status_true) }
    :: d_step { !vip_allocated -> assert(vip_allocated) }
od }
