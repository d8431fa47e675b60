import Addressing

extension KernelObject: CustomStringConvertible {
    /// The object as one would write it behind `ip`, such as `route add 10.0.32.17/32 dev eni4f2a9c scope link`.
    public var description: String {
        switch self {
        case .veth(let veth): "\(veth)"
        case .vlan(let link): "\(link)"
        case .address(let address): "\(address)"
        case .route(let route): "\(route)"
        case .rule(let rule): "\(rule)"
        case .neighbour(let neighbour): "\(neighbour)"
        }
    }
}

extension VethPair: CustomStringConvertible {
    public var description: String {
        "link \(name) address \(mac) mtu \(mtuBytes) type veth peer \(peerName) address \(peerMAC)"
    }
}

extension VLANLink: CustomStringConvertible {
    public var description: String { "link \(name) link \(parent) address \(mac) mtu \(mtuBytes) type vlan id \(id)" }
}

extension InterfaceAddress: CustomStringConvertible {
    public var description: String { "address \(address)/\(prefixLength) dev \(device)" }
}

extension Route: CustomStringConvertible {
    public var description: String {
        var text = "route \(destination == .everyIPv4 || destination == .everyIPv6 ? "default" : "\(destination)")"
        if let gateway { text += " via \(gateway)" }
        text += " dev \(device)"
        if table != .main { text += " table \(table)" }
        if scope != .universe { text += " scope \(scope)" }
        if let source { text += " src \(source)" }
        if isOnLink { text += " onlink" }
        return text
    }
}

extension Rule: CustomStringConvertible {
    public var description: String {
        var text = "rule priority \(priority)"
        if let source { text += " from \(source)" }
        if let destination { text += " to \(destination)" }
        if let inputDevice { text += " iif \(inputDevice)" }
        if let mark { text += " fwmark 0x\(String(mark.value, radix: 16))/0x\(String(mark.mask, radix: 16))" }
        return text + " lookup \(table)"
    }
}

extension Neighbour: CustomStringConvertible {
    public var description: String { "neighbour \(address) lladdr \(mac) dev \(device) permanent" }
}

extension RouteTable: CustomStringConvertible {
    public var description: String {
        switch self {
        case .main: "main"
        case .local: "local"
        case .defaultTable: "default"
        default: "\(number)"
        }
    }
}
