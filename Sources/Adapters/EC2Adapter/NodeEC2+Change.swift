import AWSClient
import Addressing
import NodePorts
import Timeline

extension NodeEC2 {
    func create(_ request: ENIRequest) async throws(AWSFailure) -> ENIDescription {
        var request = request
        request.tags.merge(place.tags) { given, _ in given }
        request.tags[ENITag.request] = request.clientToken
        request.tags[ENITag.createdAt] = "\(clock.calendar())"
        let eni = try await made(request)
        known.learn(eni)
        known.created(eni.networkInterfaceId, at: clock.now())
        try await learnBlocks(of: [eni.subnetId])
        return try describe(eni)
    }

    /// Makes the ENI, or finds it. A request that is made again at another time has another time among its tags, for which EC2 refuses
    /// it; the ENI of the first one bears the token.
    private func made(_ request: ENIRequest) async throws(AWSFailure) -> NetworkInterface {
        let call = EC2Call.createNetworkInterface(request, description: ENITag.description(of: place.instance))
        do throws(AWSFailure) {
            if let eni = try await client.perform(call).networkInterface { return eni }
            throw AWSFailure(code: "UnreadableAnswer", message: "CreateNetworkInterface told of no ENI", meaning: .unanswered)
        } catch  where error.code == "IdempotentParameterMismatch" {
            let filter = EC2Filter("tag:\(ENITag.request)", [request.clientToken])
            let found = try await client.perform(.describeNetworkInterfaces(filters: [filter], pageSize: 5)).enis
            guard let eni = found.first(where: { $0.holds(request) }) else { throw error }
            return eni
        }
    }

    /// Deletes an ENI; one that does not exist is deleted. For a moment after its detachment EC2 may still count it as in use.
    func delete(_ eni: ENIID) async throws(AWSFailure) {
        var pauses = Pauses(first: .seconds(1), limit: .seconds(8), until: clock.now() + .seconds(30), clock)
        while true {
            do throws(AWSFailure) {
                _ = try await settled(.deleteNetworkInterface(eni), of: eni)
                return known.forget(eni)
            } catch  where error.code == "InvalidNetworkInterfaceID.NotFound" {
                return known.forget(eni)
            } catch {
                guard error.saysInUse, try await pauses.next("DeleteNetworkInterface") else { throw error }
            }
        }
    }

    /// Makes a call again for a while when EC2 does not know an ENI that this node has just created: otherwise an ENI that could not be
    /// attached would be taken for deleted, and nobody would own it.
    func settled<Answer>(_ call: EC2Call<Answer>, of eni: ENIID) async throws(AWSFailure) -> Answer {
        var pauses = Pauses(first: .milliseconds(500), limit: .seconds(4), until: known.settles(eni), clock)
        while true {
            do throws(AWSFailure) {
                return try await client.perform(call)
            } catch {
                guard error.code.hasSuffix(".NotFound"), try await pauses.next(call.action.rawValue) else { throw error }
            }
        }
    }

    /// EC2 does not publish whether it takes an address that the ENI holds already, so a refusal is looked into.
    func assign(_ address: IPv4Address, to eni: ENIID) async throws(AWSFailure) {
        do throws(AWSFailure) {
            _ = try await client.perform(.assignPrivateIPAddresses([address], to: eni))
        } catch {
            guard error.meaning == .refused, try await self.eni(eni).secondaryAddresses.contains(address) else { throw error }
        }
    }

    func assignIPv6Prefix(to eni: ENIID) async throws(AWSFailure) -> IPv6CIDR {
        let prefixes = try await client.perform(.assignIPv6Prefixes(1, to: eni)).prefixes
        guard prefixes.count == 1, let prefix = IPv6CIDR(prefixes[0]) else {
            throw AWSFailure(
                code: "UnreadableAnswer", message: "AssignIpv6Addresses for 1 prefix on \(eni) told of \(prefixes)", meaning: .unanswered)
        }
        return prefix
    }

    /// EC2 takes either addresses or prefixes in one call.
    func unassign(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], from eni: ENIID) async throws(AWSFailure) {
        if !addresses.isEmpty { _ = try await client.perform(.unassignPrivateIPAddresses(addresses, from: eni)) }
        if !prefixes.isEmpty { _ = try await client.perform(.unassignPrivateIPPrefixes(prefixes, from: eni)) }
    }
}

extension NetworkInterface {
    /// Whether it is as an ENI is that was just made for the request.
    fileprivate func holds(_ request: ENIRequest) -> Bool {
        let (addresses, blocks) =
            switch request.content {
            case .addresses(let count): (count, 0)
            case .prefixes(let count): (0, count)
            }
        return subnetId == request.subnet && secondaryAddresses.count == addresses && prefixes.count == blocks
            && ipv6Prefixes.count == request.ipv6Prefixes
    }
}

extension AWSFailure {
    /// Whether EC2 refuses because the ENI is attached, or was a moment ago.
    var saysInUse: Bool {
        code == "InvalidNetworkInterface.InUse" || (code == "InvalidParameterValue" && message.contains("in use"))
    }
}
