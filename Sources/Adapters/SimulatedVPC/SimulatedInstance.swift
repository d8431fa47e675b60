public import Addressing
public import InstanceTypes
public import NodePorts
import Synchronization
import Timeline
import VPCModel

/// An instance in a ``SimulatedVPC``, from the side of the node that runs on it.
public final class SimulatedInstance: Sendable {
    public let id: InstanceID
    public let type: InstanceType
    public let zone: String
    let vpc: SimulatedVPC
    private let observer: @Sendable (ENIChange) throws -> Void
    private let state = Mutex(State())

    /// Held while the observer is told, since two calls may end at once and the later state must be told later.
    private struct State {
        /// What the observer was told of.
        var told: [ENIID: ENIDescription] = [:]
        var history = DelayedView<[ENIDescription]>([])
    }

    init(_ instance: VPCModel.Instance, in vpc: SimulatedVPC, observer: @escaping @Sendable (ENIChange) throws -> Void) {
        id = instance.id
        type = instance.type
        zone = instance.zone
        self.vpc = vpc
        self.observer = observer
    }

    /// Returns the ENIs whose links are on the instance, by card and device index; not a call to EC2, and never throttled.
    public func attachedENIs() throws(EC2Failure) -> [ENIDescription] {
        try vpc.attachedENIs(of: id)
    }

    /// Tells the observer what has become different since it was told last, whoever changed it.
    ///
    /// - Throws: `InternalError` when the observer throws.
    public func observe() throws(EC2Failure) {
        try state.withLock { state throws(EC2Failure) in
            let enis = try attachedENIs()
            for change in ENIChange.changes(from: state.told, to: enis) {
                do {
                    try observer(change)
                } catch {
                    throw EC2Failure.notFollowed(change, error)
                }
                switch change {
                case .attached(let eni), .addressesChanged(let eni): state.told[eni.id] = eni
                case .detached(let eni): state.told[eni] = nil
                }
            }
            state.history.record(enis, at: BootClock.now)
        }
    }

    /// Returns the ENIs as the instance's metadata show them, which lag behind by the ``Physics``' delay.
    public func shownENIs() throws(EC2Failure) -> [ENIDescription] {
        try observe()
        let delay = try vpc.physics().metadataDelay
        return state.withLock { $0.history.shown(at: BootClock.now, delay: delay) }
    }

    /// Waits until no attachment or detachment of an ENI of this instance is under way, and tells the observer of each when it is
    /// complete.
    public func settle() async throws(EC2Failure) {
        while true {
            // Asked before looking: what is complete by the time of the look is told by it.
            let next = try vpc.nextSettling(of: id)
            try observe()
            guard let next else { return }
            try await wait(until: next, for: .attachNetworkInterface)
        }
    }

    /// Applies calls to the VPC at once, lets the answer take its time, and tells the observer before it returns.
    func call<Answer>(
        _ operation: EC2Operation, takes latency: Duration, _ calls: (inout VPCModel, Instant) throws(VPCError) -> Answer
    ) async throws(EC2Failure) -> Answer {
        let answer = try vpc.perform(calls)
        try await wait(latency, for: operation)
        try observe()
        return answer
    }

    private func wait(_ duration: Duration, for operation: EC2Operation) async throws(EC2Failure) {
        guard duration > .zero else { return }
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw .unanswered(operation.rawValue)
        }
    }
}

extension SimulatedInstance {
    /// EC2 as this node may ask it.
    public var ec2: EC2Control {
        EC2Control(
            describeENIs: { () throws(EC2Failure) in try await self.describeENIs() },
            describeSubnets: { () throws(EC2Failure) in
                try await self.call(.describeSubnets, takes: self.vpc.latencies.describe) { (vpc, now) throws(VPCError) in
                    try vpc.describeSubnets(at: now).map(SubnetDescription.init)
                }
            },
            describeVPCBlocks: { () throws(EC2Failure) in try self.vpc.blocks() },
            describeSecurityGroups: { () throws(EC2Failure) in
                try self.attachedENIs().first { $0.attachment.map { $0.deviceIndex == 0 } ?? false }?.securityGroups ?? []
            },
            createENI: { (request) throws(EC2Failure) in try await self.createENI(request) },
            attachENI: { (eni, card, deviceIndex) throws(EC2Failure) in
                try await self.attachENI(eni, at: VPCModel.Place(card: card, deviceIndex: deviceIndex))
            },
            detachENI: { (eni) throws(EC2Failure) in try await self.detachENI(eni) },
            deleteENI: { (eni) throws(EC2Failure) in
                try await self.call(.deleteNetworkInterface, takes: self.vpc.latencies.delete) { (vpc, now) throws(VPCError) in
                    try vpc.deleteENI(eni, at: now)
                }
            },
            assignAddresses: { (eni, count) throws(EC2Failure) in
                try await self.call(.assignPrivateIPAddresses, takes: self.vpc.latencies.assign) { (vpc, now) throws(VPCError) in
                    try vpc.assignAddresses(count, to: eni, at: now)
                }
            },
            assignAddress: { (eni, address) throws(EC2Failure) in
                try await self.call(.assignPrivateIPAddresses, takes: self.vpc.latencies.assign) { (vpc, now) throws(VPCError) in
                    try vpc.assignAddress(address, to: eni, at: now)
                }
            },
            assignPrefixes: { (eni, count) throws(EC2Failure) in
                try await self.call(.assignPrivateIPAddresses, takes: self.vpc.latencies.assign) { (vpc, now) throws(VPCError) in
                    try vpc.assignPrefixes(count, to: eni, at: now)
                }
            },
            assignIPv6Prefix: { (eni) throws(EC2Failure) in try await self.assignIPv6Prefix(to: eni) },
            setSecurityGroups: { (eni, groups) throws(EC2Failure) in
                try await self.call(.modifyNetworkInterfaceAttribute, takes: .zero) { (vpc, now) throws(VPCError) in
                    try vpc.modifyENI(eni, securityGroups: groups, at: now)
                }
            },
            unassign: { (eni, addresses, prefixes) throws(EC2Failure) in
                try await self.call(.unassignPrivateIPAddresses, takes: self.vpc.latencies.assign) { (vpc, now) throws(VPCError) in
                    try vpc.unassign(addresses: addresses, prefixes: prefixes, from: eni, at: now)
                }
            })
    }

    /// Leaves out ENIs that are still attaching and ones about to go: the node cannot use either.
    private func describeENIs() async throws(EC2Failure) -> NodeENIs {
        try await call(.describeNetworkInterfaces, takes: vpc.latencies.describe) { (vpc, now) throws(VPCError) in
            let enis = try vpc.describeENIs(of: self.id, at: now).filter { $0.state(at: now) == .attached }
            return NodeENIs(enis.map { ENIDescription($0, in: vpc) })
        }
    }

    private func createENI(_ request: ENIRequest) async throws(EC2Failure) -> ENIDescription {
        try await call(.createNetworkInterface, takes: vpc.latencies.create) { (vpc, now) throws(VPCError) in
            let content: VPCModel.ENI.Content =
                switch request.content {
                case .addresses(let count): .addresses(count)
                case .prefixes(let count): .prefixes(count)
                }
            let eni = try vpc.createENI(
                in: request.subnet, securityGroups: request.securityGroups, content: content, ipv6Prefixes: request.ipv6Prefixes,
                tags: request.tags, clientToken: request.clientToken, at: now)
            return ENIDescription(eni, in: vpc)
        }
    }

    /// Attaches and sets delete-on-termination, two calls of EC2; returns when the link is there.
    private func attachENI(_ eni: ENIID, at place: VPCModel.Place) async throws(EC2Failure) -> ENIAttachmentID {
        let attachment = try vpc.perform { (vpc, now) throws(VPCError) in
            let attachment = try vpc.attachENI(eni, to: self.id, card: place.card, deviceIndex: place.deviceIndex, at: now)
            try vpc.modifyENI(eni, deleteOnTermination: true, at: now)
            return attachment
        }
        try await wait(until: attachment.attachedAt, for: .attachNetworkInterface)
        try observe()
        return attachment.id
    }

    /// Returns when the ENI is available, also when an earlier call has detached it or is about to.
    private func detachENI(_ eni: ENIID) async throws(EC2Failure) {
        let detachedAt = try vpc.perform { (vpc, now) throws(VPCError) in
            let state = try vpc.describeENI(eni, at: now)
            guard let attachment = state.attachment else { return now }
            if let detachedAt = attachment.detachedAt { return detachedAt }
            return try vpc.detachENI(eni, at: now)
        }
        try await wait(until: detachedAt, for: .detachNetworkInterface)
        try observe()
    }

    private func assignIPv6Prefix(to eni: ENIID) async throws(EC2Failure) -> IPv6CIDR {
        try await call(.assignIPv6Addresses, takes: vpc.latencies.assign) { (vpc, now) throws(VPCError) in
            let prefixes = try vpc.assignIPv6Prefixes(1, to: eni, at: now)
            precondition(prefixes.count == 1, "1 /80 was asked for, \(prefixes.count) were assigned")
            return prefixes[0]
        }
    }

    /// Asks the clock again after each sleep, which may count time a little differently.
    private func wait(until instant: Instant, for operation: EC2Operation) async throws(EC2Failure) {
        while case let now = BootClock.now, now < instant {
            try await wait(now.duration(to: instant), for: operation)
        }
    }
}
