import Addressing
import IPAMEngine
import Yams

extension YAMLReader {
    /// An ENIConfig or a pool: where ENIs are made, and with which security groups.
    ///
    /// - Parameter readSubnet: Reads the identifier of a subnet, and tells what is wrong with it.
    mutating func source(_ node: Node, _ readSubnet: (inout YAMLReader, Node) -> SubnetID?) -> PoolSource? {
        let fields = fields(of: node, known: ["subnet", "subnets", "securityGroups"], required: [])
        let groups = (fields["securityGroups"].map { list($0, "securityGroups") } ?? []).compactMap { group in
            text(group, "securityGroups", expected: "identifiers such as sg-0a1b") { SecurityGroupID($0) }
        }
        let named: [Node]
        switch (fields["subnet"], fields["subnets"]) {
        case (let subnet?, nil): named = [subnet]
        case (nil, let subnets?): named = list(subnets, "subnets")
        default:
            fault(node, "either \"subnet\" or \"subnets\" is to be given", "Name one subnet, or a list of them")
            return nil
        }
        let subnets = named.compactMap { readSubnet(&self, $0) }
        guard !subnets.isEmpty, subnets.count == named.count else { return nil }
        return PoolSource(.these(subnets), securityGroups: groups)
    }

    mutating func poolName(_ name: String, _ node: Node) -> PoolName? {
        if let pool = PoolName(name) { return pool }
        fault(node, "\"\(name)\" is no name of a pool", "Give 1 to 63 letters, digits, dashes, underscores and dots")
        return nil
    }
}
