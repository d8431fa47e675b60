import Addressing
import IPAMEngine
import Timeline
import VPCModel

// The way of a call: from the node to EC2, there and back.
extension Simulation {
    /// When the client of a node gives a call up.
    private static var timeout: Duration { .seconds(10) }

    /// How old a description may be. EC2 names no bound for its eventual consistency; its guide speaks of seconds to minutes
    /// (EC2 Developer Guide, "Eventual consistency").
    private static var longestLag: Duration { .seconds(15) }
    /// How old what the instance's metadata shows may be.
    private static var longestMetadataLag: Duration { .seconds(60) }

    mutating func call(_ effect: IPAMEngine.Effect, on node: Int) {
        guard let id = effect.call else { return }
        nodes[node].calls[id] = SimulatedNode.PendingCall(effect: effect)
        agenda.add(
            .call(node, life: nodes[node].currentLife(), effect), at: now + random.duration(in: .milliseconds(20) ... .milliseconds(200)))
    }

    mutating func reachEC2(_ effect: IPAMEngine.Effect, from node: Int) {
        guard let id = effect.call else { return }
        nodes[node].calls[id]?.hasReachedEC2 = true
        if case .setUpENI(_, let eni) = effect { return setUp(eni.id, id, on: node) }
        let latency = random.duration(in: .milliseconds(20) ... .milliseconds(400))
        if let failure = refusal(of: id, from: node) { return answer(.callFailed(id, failure), to: node, at: now + latency) }
        do throws(VPCError) {
            let (event, done) = try carryOut(effect, id, of: node)
            let timeout = IPAMEngine.Event.callFailed(id, CallFailure(code: "RequestTimeout", message: "no answer within \(Self.timeout)"))
            if happens(.lostAnswer, to: node, during: id) { return answer(timeout, to: node, at: now + Self.timeout) }
            guard happens(.lateAnswer, to: node, during: id) else { return answer(event, to: node, at: done + latency) }
            let late = done + random.duration(in: .seconds(3) ... .seconds(20))
            if late >= now + Self.timeout { answer(timeout, to: node, at: now + Self.timeout) }
            answer(event, to: node, at: late)
        } catch {
            answer(.callFailed(id, CallFailure(code: error.code.rawValue, message: error.message)), to: node, at: now + latency)
        }
    }

    /// Sets up an ENI's link, for which the node looks for five seconds.
    private mutating func setUp(_ eni: ENIID, _ id: CallID, on node: Int) {
        let isThere = vpc.enis[eni].map { $0.attachment?.instance == nodes[node].instance && $0.state(at: now) == .attached } ?? false
        guard isThere else {
            let failure = CallFailure(code: "LinkMissing", message: "no link of \(eni) within 5 s")
            return answer(.callFailed(id, failure), to: node, at: now + .seconds(5))
        }
        answer(.eniReady(id), to: node, at: now + .milliseconds(100))
    }

    private mutating func answer(_ event: IPAMEngine.Event, to node: Int, at moment: Instant) {
        agenda.add(.outcome(node, life: nodes[node].currentLife(), event), at: moment)
    }

    mutating func finish(_ event: IPAMEngine.Event, on node: Int) {
        if let id = event.call { nodes[node].calls[id] = nil }
        if case .enisDescribed = event { nodes[node].isRecovering = false }
        send(event, to: node)
    }

    /// A refusal without an effect.
    private mutating func refusal(of id: CallID, from node: Int) -> CallFailure? {
        if let failure = outageFailure(of: node) { return failure }
        if happens(.throttling, to: node, during: id) {
            return CallFailure(code: "RequestLimitExceeded", message: "Request limit exceeded.")
        }
        guard happens(.ec2Error, to: node, during: id) else { return nil }
        return random.element(of: Self.errors)
    }

    private static var errors: [CallFailure] {
        [
            CallFailure(code: "InternalError", message: "An internal error has occurred"),
            CallFailure(code: "Unavailable", message: "The server is overloaded and can't handle the request"),
            CallFailure(code: "UnauthorizedOperation", message: "You are not authorized to perform this operation"),
        ]
    }

    /// Of the calls that were on their way when the daemon died, some reach EC2.
    mutating func cutOffCalls(of node: Int) {
        for (id, pending) in nodes[node].calls.sorted(by: { $0.key < $1.key }) where !pending.hasReachedEC2 && random.chance(0.5) {
            // Nobody hears how it went.
            _ = try? carryOut(pending.effect, id, of: node)
        }
        nodes[node].calls = [:]
    }

    // MARK: - At EC2

    /// Carries a call out; returns its outcome and when it is complete.
    private mutating func carryOut(
        _ effect: IPAMEngine.Effect, _ id: CallID, of node: Int
    ) throws(VPCError) -> (IPAMEngine.Event, Instant) {
        remember(node)
        switch effect {
        case .describeENIs:
            return (.enisDescribed(id, try describe(node, for: id)), now)
        case .describeSubnets:
            count(.describeSubnets)
            return (.subnetsDescribed(id, try vpc.describeSubnets(at: now).map(SubnetStatus.init)), now)
        case .createENI(_, let eni):
            return (.eniCreated(id, AttachedENI(try create(eni), at: eni.seat, in: block(of: eni.subnet))), now)
        case .attachENI(_, let eni, let seat):
            return (.eniAttached(id), try attach(eni, to: node, at: seat))
        case .assignAddresses(_, let eni, let count):
            self.count(.assignPrivateIPAddresses)
            return (.addressesAssigned(id, try vpc.assignAddresses(count, to: eni, at: now)), now)
        case .assignPrefixes(_, let eni, let count):
            self.count(.assignPrivateIPAddresses)
            return (.prefixesAssigned(id, try vpc.assignPrefixes(count, to: eni, at: now)), now)
        case .assignIPv6Prefix(_, let eni):
            count(.assignIPv6Addresses)
            guard let prefix = try vpc.assignIPv6Prefixes(1, to: eni, at: now).first else { return (.eniReady(id), now) }
            return (.ipv6PrefixAssigned(id, prefix), now)
        case .claimAddress(_, let eni, let address):
            count(.assignPrivateIPAddresses)
            try vpc.assignAddress(address, to: eni, at: now)
            return (.addressClaimed(id), now)
        case .unassign(_, let eni, let addresses, let prefixes):
            count(.unassignPrivateIPAddresses)
            try vpc.unassign(addresses: addresses, prefixes: prefixes, from: eni, at: now)
            judgeLoss(of: addresses + prefixes.flatMap(\.addresses), by: "being unassigned from \(eni)")
            return (.unassigned(id), now)
        case .detachENI(_, let eni):
            return (.eniDetached(id), try detach(eni.id))
        case .deleteENI(_, let eni):
            count(.deleteNetworkInterface)
            let addresses = vpc.enis[eni]?.addresses ?? []
            try vpc.deleteENI(eni, at: now)
            judgeLoss(of: addresses, by: "the end of \(eni)")
            return (.eniDeleted(id), now)
        case .setUpENI, .record, .wire, .unwire, .confirmDeleted, .refuse:
            return (.eniReady(id), now)
        }
    }

    private mutating func count(_ operation: EC2Operation) {
        report.calls[operation, default: 0] += 1
    }

    /// ENIs that are attaching or detaching are left out: the node can use neither.
    private mutating func describe(_ node: Int, for id: CallID) throws(VPCError) -> [AttachedENI] {
        count(.describeNetworkInterfaces)
        let shown = try vpc.describeENIs(of: nodes[node].instance, at: now)
        let current = attached(shown)
        return past(of: node, within: Self.longestLag, unlike: current, .staleDescription, during: id) ?? current
    }

    /// Shows the node its ENIs as its metadata does, which may be older still.
    mutating func readMetadata(on node: Int) {
        guard isRough else { return }
        agenda.add(.readMetadata(node), at: now + random.duration(in: .seconds(30) ... .seconds(90)))
        let current = attached(vpc.enis(of: nodes[node].instance, at: now))
        let shown = past(of: node, within: Self.longestMetadataLag, unlike: current, .staleMetadata, during: nil) ?? current
        send(
            .enisHinted(shown.map { HintedENI(id: $0.id, secondaryAddresses: $0.secondaryAddresses, prefixes: $0.prefixes) }), to: node)
    }

    /// What EC2 showed of the node some moments ago; nil unless it was different and the fault happens.
    private mutating func past(
        of node: Int, within longest: Duration, unlike current: [AttachedENI], _ fault: Fault, during id: CallID?
    ) -> [AttachedENI]? {
        let lag = random.duration(in: .zero...longest)
        guard let past = nodes[node].past.first(where: { $0.until > now - lag }), past.enis != current, happens(fault, to: node, during: id)
        else { return nil }
        return past.enis
    }

    /// What EC2 shows of the node before it changes.
    private mutating func remember(_ node: Int) {
        guard isRough, scenario.faults[.staleDescription] > 0 || scenario.faults[.staleMetadata] > 0 else { return }
        nodes[node].past.removeAll { $0.until <= now - Self.longestMetadataLag }
        nodes[node].past.append(SimulatedNode.Past(until: now, enis: attached(vpc.enis(of: nodes[node].instance, at: now))))
    }

    private func attached(_ enis: [VPCModel.ENI]) -> [AttachedENI] {
        enis.filter { $0.state(at: now) == .attached }.map { eni in
            let place = eni.attachment?.place ?? VPCModel.Place(card: 0, deviceIndex: 0)
            return AttachedENI(eni, at: DeviceSeat(card: place.card, deviceIndex: place.deviceIndex), in: block(of: eni.subnet))
        }
    }

    private func block(of subnet: SubnetID) -> IPv4CIDR { vpc.subnets[subnet]?.block ?? scenario.subnet }

    private mutating func create(_ eni: NewENI) throws(VPCError) -> VPCModel.ENI {
        count(.createNetworkInterface)
        let content: VPCModel.ENI.Content =
            switch eni.content {
            case .addresses(let count): .addresses(count)
            case .prefixes(let count): .prefixes(count)
            }
        let tags = eni.pool.map { [PoolName.tagKey: $0.rawValue] } ?? [:]
        return try vpc.createENI(
            in: eni.subnet, content: content, ipv6Prefixes: eni.hasIPv6 ? 1 : 0, tags: tags, clientToken: eni.clientToken, at: now)
    }

    private mutating func attach(_ eni: ENIID, to node: Int, at seat: DeviceSeat) throws(VPCError) -> Instant {
        count(.attachNetworkInterface)
        let attachment = try vpc.attachENI(eni, to: nodes[node].instance, card: seat.card, deviceIndex: seat.deviceIndex, at: now)
        count(.modifyNetworkInterfaceAttribute)
        try vpc.modifyENI(eni, deleteOnTermination: true, at: now)
        return attachment.attachedAt
    }

    /// Looks first, so that it may be asked twice.
    private mutating func detach(_ eni: ENIID) throws(VPCError) -> Instant {
        count(.describeNetworkInterfaces)
        guard let attachment = try vpc.describeENI(eni, at: now).attachment else { return now }
        if let detachedAt = attachment.detachedAt { return detachedAt }
        count(.detachNetworkInterface)
        return try vpc.detachENI(eni, at: now)
    }
}
