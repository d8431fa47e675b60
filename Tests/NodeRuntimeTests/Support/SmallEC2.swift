import Addressing
import IPAMEngine
import NodePorts
import Synchronization

/// EC2 for a node with nothing but its primary ENI, which holds so many addresses and may get more.
final class SmallEC2: Sendable {
    static let block = IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 24)
    private let state: Mutex<State>

    private struct State {
        var held: [IPv4Address] = []
        /// How many addresses were ever given: none is given twice.
        var given = 0
        var failure: EC2Failure?
        var vpcBlocks = [IPv4CIDR(containing: SmallEC2.block.network, prefixLength: 16)]

        mutating func give(_ count: Int) -> [IPv4Address] {
            let addresses = (given..<given + count).map(SmallEC2.address)
            given += count
            held += addresses
            return addresses
        }
    }

    /// - Parameter addresses: Secondary addresses from the beginning, 10.0.32.11 and on.
    init(addresses: Int) {
        var state = State()
        _ = state.give(addresses)
        self.state = Mutex(state)
    }

    /// Gives the VPC another block.
    func associate(_ block: IPv4CIDR) {
        state.withLock { $0.vpcBlocks.append(block) }
    }

    /// What every call answers from here on instead of doing its work; nil for none.
    func fail(with failure: EC2Failure?) {
        state.withLock { $0.failure = failure }
    }

    /// Takes addresses from the ENI behind the node's back, the last ones first.
    func takeBack(_ count: Int) {
        state.withLock { $0.held.removeLast(count) }
    }

    static func address(_ number: Int) -> IPv4Address { IPv4Address(10, 0, 32, UInt8(11 + number)) }

    var primary: ENIDescription {
        let held = state.withLock(\.held)
        return ENIDescription(
            id: ENIID(unchecked: "eni-0a"), mac: MACAddress(bits: 0x02_00_00_00_00_0a), subnet: SubnetID(unchecked: "subnet-0a"),
            subnetBlock: Self.block, primaryAddress: IPv4Address(10, 0, 32, 10), secondaryAddresses: held,
            attachment: ENIDescription.Attachment(id: ENIAttachmentID(unchecked: "eni-attach-0a"), deviceIndex: 0))
    }

    /// The primary ENI as the journal has it.
    var attached: AttachedENI {
        let eni = primary
        return AttachedENI(
            id: eni.id, mac: eni.mac, deviceIndex: 0, subnet: eni.subnet, subnetBlock: eni.subnetBlock,
            primaryAddress: eni.primaryAddress, secondaryAddresses: eni.secondaryAddresses, prefixes: [])
    }

    var port: EC2Control {
        let unasked = EC2Failure(code: "UnauthorizedOperation", message: "this node has its primary ENI alone")
        return EC2Control(
            describeENIs: { () throws(EC2Failure) in
                try self.requireHealth()
                return NodeENIs([self.primary])
            },
            describeSubnets: { () throws(EC2Failure) in throw unasked },
            describeVPCBlocks: { () throws(EC2Failure) in
                try self.requireHealth()
                return self.state.withLock(\.vpcBlocks)
            },
            describeSecurityGroups: { () throws(EC2Failure) in [] },
            createENI: { (_) throws(EC2Failure) in throw unasked },
            attachENI: { (_, _, _) throws(EC2Failure) in throw unasked },
            detachENI: { (_) throws(EC2Failure) in throw unasked },
            deleteENI: { (_) throws(EC2Failure) in throw unasked },
            assignAddresses: { (_, count) throws(EC2Failure) in
                try self.requireHealth()
                return self.state.withLock { $0.give(count) }
            },
            assignAddress: { (_, _) throws(EC2Failure) in throw unasked },
            assignPrefixes: { (_, _) throws(EC2Failure) in throw unasked },
            assignIPv6Prefix: { (_) throws(EC2Failure) in throw unasked },
            setSecurityGroups: { (_, _) throws(EC2Failure) in throw unasked },
            unassign: { (_, _, _) throws(EC2Failure) in throw unasked })
    }

    private func requireHealth() throws(EC2Failure) {
        if let failure = state.withLock(\.failure) { throw failure }
    }
}
