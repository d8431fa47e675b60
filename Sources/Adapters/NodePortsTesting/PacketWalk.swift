import Addressing
import PodNetwork

/// An echo request and its reply on their way, following what Linux does at each step.
struct PacketWalk {
    /// The hops a packet may take, Linux's default (`ip_default_ttl`).
    private static let ttlFirst = 64

    struct Packet {
        var source: IPAddress
        var destination: IPAddress
        let isReply: Bool
        var ttl = PacketWalk.ttlFirst
        /// What the firewall of the namespace gave it; no packet takes it along to another.
        var mark: UInt32 = 0

        fileprivate var flow: Flow {
            var flow = Flow(to: destination, from: source)
            flow.mark = mark
            return flow
        }
    }

    private struct Loss: Error {
        let reason: Trace.LossReason
        let namespace: NamespaceState
    }

    private let network: Network
    private var trace = Trace()
    /// What each namespace with a firewall knows of the request and its reply.
    private var connections: [Int: TrackedConnection] = [:]

    init(network: Network) {
        self.network = network
        for (number, state) in network.namespaces {
            if let plan = state.firewall { connections[number] = TrackedConnection(plan) }
        }
    }

    mutating func ping(from namespace: Int, to address: IPAddress, source: IPAddress?) -> Trace {
        var isReply = false
        do throws(Loss) {
            let start = state(namespace)
            let source = if let source { source } else { try self.source(for: address, in: start) }
            guard start.isLocal(source) else { throw Loss(reason: .sourceNotHeld(source), namespace: start) }
            let (end, request) = try send(Packet(source: source, destination: address, isReply: false), from: start)
            trace.sourceSeen = request.source
            isReply = true
            let reply = Packet(source: request.destination, destination: request.source, isReply: true)
            let (back, _) = try send(reply, from: end)
            guard back.id == start.id else { throw Loss(reason: .deliveredElsewhere(back.id.name), namespace: back) }
        } catch {
            let place = error.namespace.id.name
            trace.outcome = isReply ? .replyLost(error.reason, in: place) : .requestLost(error.reason, in: place)
        }
        return trace
    }

    /// Sends the packet and returns the namespace in which it is delivered, and as what.
    private mutating func send(_ packet: Packet, from start: NamespaceState) throws(Loss) -> (NamespaceState, Packet) {
        var packet = packet
        var state = start
        var input: Link?
        while true {
            packet.mark = 0
            if let input { connections[state.id.number]?.arrive(&packet, by: input.state.name, in: state) }
            guard let route = try route(packet, in: state, input: input) else { return (state, packet) }
            if let input {
                guard state.sysctls.forwards(packet.destination.family, from: input.state.name) else {
                    throw Loss(reason: .notForwarding(input.state.name), namespace: state)
                }
                packet.ttl -= 1
                guard packet.ttl > 0 else { throw Loss(reason: .ttlExceeded, namespace: state) }
            }
            try depart(&packet, by: route, from: state, isForwarded: input != nil)
            (state, input) = try transmit(packet, by: route, from: state)
        }
    }

    /// Decides where the packet goes; nil when it ends here.
    private mutating func route(_ packet: Packet, in state: NamespaceState, input: Link?) throws(Loss) -> Route? {
        var flow = packet.flow
        if let input { flow.inputDevice = input.state.name }
        guard let (verdict, rule) = state.lookUp(flow) else {
            throw Loss(reason: .noRoute(to: packet.destination), namespace: state)
        }
        if let input, let reason = refusal(of: packet.source, for: packet.destination, on: input, in: state) {
            throw Loss(reason: reason, namespace: state)
        }
        switch verdict {
        case .local:
            note(packet, state, "\(packet.destination) is local")
            return nil
        case .unicast(let route):
            note(packet, state, "\(route) by \(rule)")
            return route
        }
    }

    /// Lets the firewall have a last look at the packet.
    private mutating func depart(_ packet: inout Packet, by route: Route, from state: NamespaceState, isForwarded: Bool) throws(Loss) {
        guard let firewall = state.firewall, !packet.isReply else { return }
        if isForwarded, firewall.rejects(packet.destination) { throw Loss(reason: .rejected(packet.destination), namespace: state) }
        let source = packet.source
        connections[state.id.number]?.depart(&packet, by: route.device, in: state)
        if packet.source != source { note(packet, state, "\(source) translated to \(packet.source)") }
    }

    /// Takes the packet over a link to the namespace of the other end.
    private mutating func transmit(
        _ packet: Packet, by route: Route, from state: NamespaceState
    ) throws(Loss) -> (NamespaceState, Link?) {
        guard let link = state.links[route.device], link.state.isUp else {
            throw Loss(reason: .linkDown(route.device), namespace: state)
        }
        guard let end = network.otherEnd(of: link, in: state.id.number), let peer = network.link(end), peer.state.isUp else {
            throw Loss(reason: .noCarrier(route.device), namespace: state)
        }
        let next = self.state(end.namespace)
        let nextHop = route.gateway ?? packet.destination
        let mac = try resolve(nextHop, on: link, packet: packet, in: state, peer: peer, of: next)
        note(packet, state, "sent on \(route.device) to \(nextHop) at \(mac)")
        guard mac == peer.state.mac else {
            throw Loss(reason: .wrongMAC(sent: mac, expected: peer.state.mac), namespace: next)
        }
        if packet.destination.family == .v6 && next.sysctls.isIPv6Disabled(on: end.name) {
            throw Loss(reason: .ipv6Disabled(end.name), namespace: next)
        }
        return (next, peer)
    }

    private func state(_ number: Int) -> NamespaceState {
        guard let state = network.namespaces[number] else { preconditionFailure("network namespace \(number) was destroyed") }
        return state
    }

    private mutating func note(_ packet: Packet, _ state: NamespaceState, _ step: String) {
        trace.hops.append(Trace.Hop(namespace: state.id.name, ttl: packet.ttl, step: step))
    }
}

// What Linux asks before it lets a packet in or out.
extension PacketWalk {
    /// The address the kernel sends from: the route's, or one of the link it leaves by, or any other of the namespace.
    private func source(for destination: IPAddress, in state: NamespaceState) throws(Loss) -> IPAddress {
        if state.isLocal(destination) { return destination }
        guard case .unicast(let route) = state.lookUp(Flow(to: destination))?.verdict else {
            throw Loss(reason: .noRoute(to: destination), namespace: state)
        }
        let nextHop = route.gateway ?? destination
        guard let source = route.source ?? state.address(toSendFrom: route.device, to: nextHop) else {
            throw Loss(reason: .noSourceAddress, namespace: state)
        }
        return source
    }

    /// The MAC address for the next hop: a permanent neighbour's, or the peer's when it answers for the address.
    private func resolve(
        _ address: IPAddress, on link: Link, packet: Packet, in state: NamespaceState, peer: Link, of next: NamespaceState
    ) throws(Loss) -> MACAddress {
        let name = link.state.name
        if let neighbour = state.neighbours.first(where: { $0.device == name && $0.address == address }) { return neighbour.mac }
        let isAnswered =
            switch address.family {
            case .v4: answersARP(for: address, to: arpSource(packet, on: name, to: address, in: state), on: peer, in: next)
            case .v6: next.addresses.contains { $0.value.device == peer.state.name && $0.value.address == address }
            }
        guard isAnswered else { throw Loss(reason: .noNeighbour(address, name), namespace: state) }
        return peer.state.mac
    }

    private func arpSource(_ packet: Packet, on name: LinkName, to target: IPAddress, in state: NamespaceState) -> IPAddress? {
        state.isLocal(packet.source) ? packet.source : state.address(toSendFrom: name, to: target)
    }

    /// As `arp_process()` answers: for the namespace's own addresses on any link, and for what lies behind another link
    /// when the link forwards and has `proxy_arp`. The asker's address passes the same filter as that of a packet.
    private func answersARP(for target: IPAddress, to asker: IPAddress?, on link: Link, in state: NamespaceState) -> Bool {
        guard let asker else { return state.isLocal(target) }
        var flow = Flow(to: target, from: asker)
        flow.inputDevice = link.state.name
        guard let verdict = state.lookUp(flow)?.verdict else { return false }
        guard refusal(of: asker, for: target, on: link, in: state) == nil else { return false }
        switch verdict {
        case .local: return true
        case .unicast(let route):
            let name = link.state.name
            return route.device != name && state.sysctls.forwards(.v4, from: name) && state.sysctls.answersARPForOthers(on: name)
        }
    }

    /// Why a packet from `source` is not let in by the link; nil when it is. As `fib_validate_source()` decides for IPv4.
    private func refusal(
        of source: IPAddress, for destination: IPAddress, on link: Link, in state: NamespaceState
    ) -> Trace.LossReason? {
        guard source.family == .v4 else { return nil }
        let name = link.state.name
        let mode = state.sysctls.reversePathFilter(on: name)
        switch state.lookUp(Flow(to: source, from: destination))?.verdict {
        case .local:
            return state.sysctls.acceptsOwnSource(on: name) ? nil : .ownSource(source, name)
        case .unicast(let route):
            guard route.device != name, mode != 0 else { return nil }
            // A link without an address, as the node's end of a pod's is, is filtered strictly even when asked to be loose.
            return mode == 1 || !state.hasIPv4(name) ? .reversePath(source, name, hasWayBack: true) : nil
        case nil:
            return mode == 0 ? nil : .reversePath(source, name, hasWayBack: false)
        }
    }
}

extension NamespaceState {
    /// The address of a link to send from: one whose subnet holds the target, else the link's first, else the first of
    /// another link (`inet_select_addr()`).
    fileprivate func address(toSendFrom device: LinkName, to target: IPAddress) -> IPAddress? {
        let held = addresses.filter { held in
            held.value.address.family == target.family && !held.isSecondary && isUp(held.value.device) && !held.isOfLoopback
        }
        let own = held.filter { $0.value.device == device }
        return (own.first { $0.subnet.contains(target) } ?? own.first ?? held.first)?.value.address
    }
}
