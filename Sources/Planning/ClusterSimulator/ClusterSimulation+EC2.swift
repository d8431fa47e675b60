import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes
import Simulator
import Timeline
import VPCModel

// Calls to EC2: they reach it at once, and its answer takes a while.
extension ClusterSimulation {
    mutating func call(_ effect: IPAMEngine.Effect, of node: Int) {
        guard let id = effect.call else { return }
        callsUnderWay += 1
        if case .setUpENI = effect { return answer(.eniReady(id), to: node, after: share(0.2, of: scenario.cloud.newENITime)) }
        guard now >= ec2AwayUntil else {
            let failure = CallFailure(code: "ConnectionFailed", message: "no EC2 until \(ec2AwayUntil)")
            return answer(.callFailed(id, failure), to: node, after: .seconds(1))
        }
        do throws(VPCError) {
            let (event, time) = try carryOut(effect, id, of: node)
            answer(event, to: node, after: time)
        } catch {
            if error.code == .requestLimitExceeded, let operation = tally.lastOperation { tally.throttled[operation, default: 0] += 1 }
            answer(
                .callFailed(id, CallFailure(code: error.code.rawValue, message: error.message)), to: node, after: usual(.milliseconds(200)))
        }
    }

    private mutating func answer(_ event: IPAMEngine.Event, to node: Int, after time: Duration) {
        agenda.add(.outcome(Int32(node), event), at: now + time)
    }

    mutating func finish(_ event: IPAMEngine.Event, on node: Int) {
        callsUnderWay -= 1
        guard nodes[node].isThere else { return clean(event) }
        send(event, to: node)
        if case .enisDescribed = event, !nodes[node].isDescribed {
            nodes[node].isDescribed = true
            becomeReady(node)
        }
    }

    /// An ENI that was made for a node that is gone is deleted by whoever cleans up in the account.
    private mutating func clean(_ event: IPAMEngine.Event) {
        if case .eniCreated(_, let eni) = event { deleteLeftOver(eni.id) }
    }

    mutating func deleteLeftOver(_ id: ENIID) {
        guard let eni = vpc.enis[id], eni.attachment == nil else { return }
        _ = try? vpc.deleteServiceENI(id)
        subtract(eni)
    }

    /// A time like this one, a fifth shorter to a fifth longer.
    private mutating func usual(_ time: Duration) -> Duration { random.duration(in: time * 0.8...time * 1.2) }

    private mutating func share(_ share: Double, of time: Duration) -> Duration { usual(time * share) }

    private mutating func count(_ operation: EC2Operation) {
        tally.calls[operation, default: 0] += 1
        tally.lastOperation = operation
    }

    // MARK: - The books

    mutating func add(_ eni: VPCModel.ENI) {
        books.add(
            singles: 1 + eni.secondaryAddresses.count, blocks: eni.prefixes.count, enis: 1, to: books.position(of: eni.subnet), at: now)
    }

    mutating func subtract(_ eni: VPCModel.ENI) {
        books.add(
            singles: -1 - eni.secondaryAddresses.count, blocks: -eni.prefixes.count, enis: -1, to: books.position(of: eni.subnet), at: now)
    }

    private func position(of eni: ENIID) -> Int { vpc.enis[eni].map { books.position(of: $0.subnet) } ?? 0 }

    // MARK: - At EC2

    /// Carries a call out; returns its outcome and what it takes.
    private mutating func carryOut(
        _ effect: IPAMEngine.Effect, _ id: CallID, of node: Int
    ) throws(VPCError) -> (IPAMEngine.Event, Duration) {
        switch effect {
        case .describeENIs:
            count(.describeNetworkInterfaces)
            let shown = try vpc.describeENIs(of: nodes[node].instance, at: now)
            return (.enisDescribed(id, shown.filter { $0.state(at: now) == .attached }.map(attached)), usual(.milliseconds(200)))
        case .describeSubnets:
            count(.describeSubnets)
            return (.subnetsDescribed(id, try vpc.describeSubnets(at: now).map(SubnetStatus.init)), usual(.milliseconds(200)))
        case .createENI(_, let wanted):
            count(.createNetworkInterface)
            let eni = try vpc.createENI(
                in: wanted.subnet, content: wanted.content.ofModel, ipv6Prefixes: wanted.hasIPv6 ? 1 : 0, clientToken: wanted.clientToken,
                at: now)
            add(eni)
            return (.eniCreated(id, attached(eni, at: wanted.seat)), share(0.2, of: scenario.cloud.newENITime))
        case .attachENI(_, let eni, let seat):
            count(.attachNetworkInterface)
            let attachment = try vpc.attachENI(
                eni, to: nodes[node].instance, card: cells[nodes[node].cell].kind.type.defaultCard + seat.card,
                deviceIndex: seat.deviceIndex, at: now)
            count(.modifyNetworkInterfaceAttribute)
            try vpc.modifyENI(eni, deleteOnTermination: true, at: now)
            return (.eniAttached(id), attachment.attachedAt - now)
        case .assignAddresses(_, let eni, let count):
            self.count(.assignPrivateIPAddresses)
            let addresses = try vpc.assignAddresses(count, to: eni, at: now)
            books.add(singles: count, to: position(of: eni), at: now)
            return (.addressesAssigned(id, addresses), usual(scenario.cloud.assignTime))
        case .assignPrefixes(_, let eni, let count):
            self.count(.assignPrivateIPAddresses)
            let prefixes = try vpc.assignPrefixes(count, to: eni, at: now)
            books.add(blocks: count, to: position(of: eni), at: now)
            return (.prefixesAssigned(id, prefixes), usual(scenario.cloud.assignTime))
        case .assignIPv6Prefix(_, let eni):
            count(.assignIPv6Addresses)
            let prefixes = try vpc.assignIPv6Prefixes(1, to: eni, at: now)
            return (prefixes.first.map { .ipv6PrefixAssigned(id, $0) } ?? .eniReady(id), usual(scenario.cloud.assignTime))
        case .unassign(_, let eni, let addresses, let prefixes):
            count(.unassignPrivateIPAddresses)
            try vpc.unassign(addresses: addresses, prefixes: prefixes, from: eni, at: now)
            books.add(singles: -addresses.count, blocks: -prefixes.count, to: position(of: eni), at: now)
            return (.unassigned(id), usual(scenario.cloud.assignTime))
        case .detachENI(_, let eni):
            return (.eniDetached(id), try detach(eni.id) - now)
        case .deleteENI(_, let id):
            return (try delete(id, effect), usual(.milliseconds(200)))
        case .setUpENI, .claimAddress, .record, .wire, .unwire, .confirmDeleted, .refuse:
            return (.eniReady(id), .zero)
        }
    }

    private mutating func detach(_ eni: ENIID) throws(VPCError) -> Instant {
        guard vpc.enis[eni]?.attachment != nil else { return now }
        count(.detachNetworkInterface)
        return try vpc.detachENI(eni, at: now)
    }

    private mutating func delete(_ eni: ENIID, _ effect: IPAMEngine.Effect) throws(VPCError) -> IPAMEngine.Event {
        count(.deleteNetworkInterface)
        let before = vpc.enis[eni]
        try vpc.deleteENI(eni, at: now)
        if let before { subtract(before) }
        return effect.call.map(IPAMEngine.Event.eniDeleted) ?? .deadlineReached
    }

    private func attached(_ eni: VPCModel.ENI) -> AttachedENI {
        let place = eni.attachment?.place ?? VPCModel.Place(card: 0, deviceIndex: 0)
        // The engine counts cards from the one that carries pods.
        let first = eni.attachment.flatMap { vpc.instances[$0.instance]?.type.defaultCard } ?? 0
        return attached(eni, at: DeviceSeat(card: place.card - first, deviceIndex: place.deviceIndex))
    }

    private func attached(_ eni: VPCModel.ENI, at seat: DeviceSeat) -> AttachedENI {
        AttachedENI(eni, at: seat, in: scenario.subnets[books.position(of: eni.subnet)].block)
    }
}

extension NewENI.Content {
    fileprivate var ofModel: VPCModel.ENI.Content {
        switch self {
        case .addresses(let count): .addresses(count)
        case .prefixes(let count): .prefixes(count)
        }
    }
}
