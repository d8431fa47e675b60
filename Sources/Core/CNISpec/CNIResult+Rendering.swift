import Addressing
public import JSON

extension CNIResult {
    /// The result object to print in a version of the specification.
    ///
    /// What the version has no member for is left out: 0.1.0 and 0.2.0 keep the first address of each family with the
    /// routes of that family; the extras of interfaces and routes are told in 1.1.0 alone.
    ///
    /// - Throws: Code 7 for a result without an address in 0.1.0 or 0.2.0, which cannot express it.
    public func json(in version: CNIVersion) throws(CNIError) -> JSONValue {
        var object: JSONObject = ["cniVersion": .string(version.rawValue)]
        if version < .v030 {
            guard !addresses.isEmpty else { throw .resultWithoutAddress(in: version) }
            object["ip4"] = json(of: .v4)
            object["ip6"] = json(of: .v6)
        } else {
            object["interfaces"] = list(interfaces) { $0.json(in: version) }
            object["ips"] = list(addresses) { $0.json(in: version) }
            object["routes"] = list(routes) { $0.json(in: version) }
        }
        object["dns"] = dns.isEmpty ? nil : dns.json
        return .object(object)
    }

    /// The shape of 0.1.0 and 0.2.0: one address of each family and its routes.
    private func json(of family: AddressFamily) -> JSONValue? {
        guard let address = addresses.first(where: { $0.address.family == family }) else { return nil }
        var object: JSONObject = ["ip": .string(address.text)]
        object["gateway"] = text(address.gateway)
        object["routes"] = list(routes.filter { $0.destination.family == family }) { $0.json(in: .v020) }
        return .object(object)
    }
}

extension CNIResult.Interface {
    fileprivate func json(in version: CNIVersion) -> JSONValue {
        var object: JSONObject = ["name": .string(name)]
        object["mac"] = mac.map(JSONValue.string)
        object["sandbox"] = sandbox.map(JSONValue.string)
        if version >= .v110 {
            object["mtu"] = mtu.map(JSONValue.init(_:))
            object["socketPath"] = socketPath.map(JSONValue.string)
            object["pciID"] = pciID.map(JSONValue.string)
        }
        return .object(object)
    }
}

extension CNIResult.Address {
    fileprivate func json(in version: CNIVersion) -> JSONValue {
        var object = JSONObject()
        object["version"] = version < .v100 ? .string(address.family == .v4 ? "4" : "6") : nil
        object["interface"] = interface.map(JSONValue.init(_:))
        object["address"] = .string(text)
        object["gateway"] = CNISpec.text(gateway)
        return .object(object)
    }

    fileprivate var text: String { "\(address)/\(prefixLength)" }
}

extension CNIResult.Route {
    fileprivate func json(in version: CNIVersion) -> JSONValue {
        var object: JSONObject = ["dst": .string(destination.description)]
        object["gw"] = text(gateway)
        if version >= .v110 {
            for (name, number) in [("mtu", mtu), ("advmss", advmss), ("priority", priority), ("table", table), ("scope", scope)] {
                object[name] = number.map(JSONValue.init(_:))
            }
        }
        return .object(object)
    }
}

extension CNIResult.DNS {
    fileprivate var json: JSONValue {
        var object = JSONObject()
        object["nameservers"] = list(nameservers, JSONValue.string)
        object["domain"] = domain.map(JSONValue.string)
        object["search"] = list(search, JSONValue.string)
        object["options"] = list(options, JSONValue.string)
        return .object(object)
    }
}

/// An array, or nil when it would be empty: members without content are left out.
private func list<Element>(_ elements: [Element], _ json: (Element) -> JSONValue) -> JSONValue? {
    elements.isEmpty ? nil : .array(elements.map(json))
}

private func text(_ address: IPAddress?) -> JSONValue? {
    address.map { .string($0.description) }
}
