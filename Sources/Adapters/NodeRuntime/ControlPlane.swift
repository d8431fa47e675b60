import Addressing
package import IPAMEngine
package import Logging
package import NodePorts
import PodNetwork

/// Performs one call to EC2, or one step of an ENI's life, and says how it went.
package struct ControlPlane: Sendable {
    let ec2: EC2Control
    let settings: NodeSettings
    let kernel: any Kernel
    let arrivals: LinkArrivals
    let securityGroups: SecurityGroups
    let logger: Logger

    package init(ec2: EC2Control, settings: NodeSettings, kernel: any Kernel, logger: Logger) {
        self.init(
            ec2: ec2, settings: settings, kernel: kernel, arrivals: LinkArrivals(),
            securityGroups: SecurityGroups(ec2: ec2, logger: logger), logger: logger)
    }

    init(
        ec2: EC2Control, settings: NodeSettings, kernel: any Kernel, arrivals: LinkArrivals, securityGroups: SecurityGroups, logger: Logger
    ) {
        self.ec2 = ec2
        self.settings = settings
        self.kernel = kernel
        self.arrivals = arrivals
        self.securityGroups = securityGroups
        self.logger = logger
    }

    /// - Returns: What the engine is to be told, in this order.
    package func perform(_ effect: IPAMEngine.Effect) async -> [IPAMEngine.Event] {
        guard let id = effect.call else { return [] }
        do throws(EC2Failure) {
            if case .describeENIs = effect { return try await describeENIs(id) }
            return try await outcome(of: effect).map { [$0] } ?? []
        } catch {
            logger.warning("EC2 call failed", metadata: ["call": "\(id)", "code": "\(error.code)", "error": "\(error)"])
            return [.callFailed(id, CallFailure(code: error.code, message: error.message))]
        }
    }

    private func describeENIs(_ id: CallID) async throws(EC2Failure) -> [IPAMEngine.Event] {
        let described = try await ec2.describeENIs()
        let own = described.enis.filter(\.isManaged)
        let others = described.attachmentsOfOthers + described.enis.filter { !$0.isManaged }.compactMap(\.attachment)
        securityGroups.see(own)
        return [.seatsOfOthers(Set(others.map(DeviceSeat.init))), .enisDescribed(id, own.compactMap(AttachedENI.init))]
    }

    private func outcome(of effect: IPAMEngine.Effect) async throws(EC2Failure) -> IPAMEngine.Event? {
        switch effect {
        case .describeSubnets(let id):
            return .subnetsDescribed(id, try await ec2.describeSubnets().map(SubnetStatus.init))
        case .createENI(let id, let eni):
            let created = try await ec2.createENI(ENIRequest(eni))
            securityGroups.see(new: created)
            return .eniCreated(id, AttachedENI(created, at: eni.seat))
        case .attachENI(let id, let eni, let seat):
            _ = try await ec2.attachENI(eni, seat.card, seat.deviceIndex)
            return .eniAttached(id)
        case .setUpENI(let id, let eni):
            return try await setUp(eni, id)
        case .assignAddresses(let id, let eni, let count):
            return .addressesAssigned(id, try await ec2.assignAddresses(eni, count))
        case .assignPrefixes(let id, let eni, let count):
            return .prefixesAssigned(id, try await ec2.assignPrefixes(eni, count))
        case .assignIPv6Prefix(let id, let eni):
            return .ipv6PrefixAssigned(id, try await ec2.assignIPv6Prefix(eni))
        case .claimAddress(let id, let eni, let address):
            try await ec2.assignAddress(eni, address)
            return .addressClaimed(id)
        case .unassign(let id, let eni, let addresses, let prefixes):
            try await ec2.unassign(eni, addresses, prefixes)
            return .unassigned(id)
        case .detachENI(let id, let eni):
            tearDown(eni)
            try await ec2.detachENI(eni.id)
            return .eniDetached(id)
        case .deleteENI(let id, let eni):
            try await ec2.deleteENI(eni)
            securityGroups.forget(eni)
            return .eniDeleted(id)
        case .describeENIs, .record, .wire, .unwire, .refuse, .confirmDeleted:
            return nil
        }
    }

    // MARK: - An ENI in the kernel

    /// How long the link of an attached ENI is waited for before the engine is told: it shows within seconds, as a rule.
    private static let linkPatience: Duration = .seconds(5)

    private func setUp(_ eni: AttachedENI, _ id: CallID) async throws(EC2Failure) -> IPAMEngine.Event? {
        for await _ in arrivals.signals(of: eni.mac, within: Self.linkPatience) {
            do throws(KernelError) {
                if try program(eni) { return .eniReady(id) }
            } catch {
                logger.error("ENI not set up", metadata: ["eni-id": "\(eni.id)", "error": "\(error)"])
                throw EC2Failure(code: "KernelError", message: error.description)
            }
        }
        logger.error("ENI has no link", metadata: ["eni-id": "\(eni.id)", "mac": "\(eni.mac)"])
        throw EC2Failure(code: "LinkMissing", message: "no link on the node has the MAC address \(eni.mac) of \(eni.id)")
    }

    /// Makes what the ENI needs; false while its link has not come up yet.
    private func program(_ eni: AttachedENI) throws(KernelError) -> Bool {
        let host = try kernel.openHost()
        guard let plan = try plan(for: eni, in: host) else { return false }
        let settings = LinkSettings(isUp: true, mtuBytes: plan.mtuBytes)
        if let errno = try host.perform([.setLink(plan.device, settings)], sandboxNetns: nil).first.flatMap({ $0 }) {
            throw KernelError("bring up \(plan.device)", errno)
        }
        try host.ensure(plan.objects)
        return true
    }

    /// Takes an ENI's routes and rule away before it is detached. What cannot be removed goes with the link.
    private func tearDown(_ eni: AttachedENI) {
        do throws(KernelError) {
            let host = try kernel.openHost()
            guard let plan = try plan(for: eni, in: host) else { return }
            for fault in try host.remove(plan.objects.reversed()) {
                logger.warning("ENI not torn down cleanly", metadata: ["eni-id": "\(eni.id)", "error": "\(fault)"])
            }
        } catch {
            logger.warning("ENI not torn down cleanly", metadata: ["eni-id": "\(eni.id)", "error": "\(error)"])
        }
    }

    private func plan(for eni: AttachedENI, in host: any KernelNamespace) throws(KernelError) -> ENINetworkPlan? {
        guard let link = try host.links().first(where: { $0.mac == eni.mac && $0.name != .loopback }) else { return nil }
        return ENINetworkPlan(eni, device: link.name, mtuBytes: settings.eniMTUBytes)
    }
}

extension ENINetworkPlan {
    /// - Parameter device: The link with the ENI's MAC address.
    init(_ eni: AttachedENI, device: LinkName, mtuBytes: Int) {
        self.init(
            device: device, card: eni.card, deviceIndex: eni.deviceIndex, primaryAddress: eni.primaryAddress, subnet: eni.subnetBlock,
            ipv6Subnet: eni.ipv6Prefixes.first.map { IPv6CIDR(containing: $0.network, prefixLength: 64) }, mtuBytes: mtuBytes)
    }
}

extension ENIDescription {
    /// Whether the node may give its addresses to pods and take it away. The primary ENI always is the node's.
    fileprivate var isManaged: Bool {
        tags[ENITag.unmanaged] != "true" || attachment.map { $0.card == 0 && $0.deviceIndex == 0 } ?? false
    }
}

extension DeviceSeat {
    fileprivate init(_ attachment: ENIDescription.Attachment) {
        self.init(card: attachment.card, deviceIndex: attachment.deviceIndex)
    }
}

extension AttachedENI {
    /// An ENI as EC2 describes it; nil when it is not attached.
    init?(_ description: ENIDescription) {
        guard let attachment = description.attachment else { return nil }
        self.init(description, at: DeviceSeat(attachment))
    }

    init(_ description: ENIDescription, at seat: DeviceSeat) {
        self.init(
            id: description.id, mac: description.mac, card: seat.card, deviceIndex: seat.deviceIndex, subnet: description.subnet,
            subnetBlock: description.subnetBlock, primaryAddress: description.primaryAddress,
            secondaryAddresses: description.secondaryAddresses, prefixes: description.prefixes, ipv6Prefixes: description.ipv6Prefixes,
            pool: description.tags[PoolName.tagKey].flatMap(PoolName.init))
    }
}

extension SubnetStatus {
    init(_ description: SubnetDescription) {
        self.init(
            id: description.id, zone: description.zone, block: description.block, hasIPv6: description.ipv6Block != nil,
            freeAddresses: description.freeAddresses,
            freeBlocks: description.freeBlocks, tags: description.tags)
    }
}

extension ENIRequest {
    init(_ eni: NewENI) {
        let content: Content =
            switch eni.content {
            case .addresses(let count): .addresses(count)
            case .prefixes(let count): .prefixes(count)
            }
        self.init(
            subnet: eni.subnet, securityGroups: eni.securityGroups, clientToken: eni.clientToken, content: content,
            ipv6Prefixes: eni.hasIPv6 ? 1 : 0, tags: eni.pool.map { [PoolName.tagKey: $0.rawValue] } ?? [:])
    }
}
