import CNISpec
import Conformance
import Glibc
import JSON
import NodePorts

/// Steps that many rows share.
extension Trial {
    /// Adds a sandbox, which must succeed.
    ///
    /// - Returns: The result as it was printed, or nil after a fault.
    @discardableResult
    func add(_ sandbox: Sandbox, in version: CNIVersion? = nil) throws(ConformanceError) -> JSONObject? {
        try expectResult(call(request(.add, sandbox, in: version)))
    }

    /// Holds an ADD to success with a result that can be read.
    @discardableResult
    func expectResult(_ call: PluginCall) -> JSONObject? {
        expect(call.faultsOfSuccess)
        guard call.isSuccess else { return nil }
        expect(call.result != nil, "\(call.label): the result cannot be read")
        return call.result == nil ? nil : call.object
    }

    /// Deletes a sandbox, which must succeed.
    func delete(_ sandbox: Sandbox, previous: JSONObject? = nil) throws(ConformanceError) {
        expect(try call(request(.delete, sandbox, previous: previous.map(JSONValue.object))).faultsOfSilence)
    }

    /// What the host has at this moment.
    func hostContents() throws(ConformanceError) -> NamespaceContents {
        do throws(KernelError) { return try host.contents() } catch { throw ConformanceError(error) }
    }

    /// Holds the host to be clean again, some seconds after a DEL at the latest: links may be removed in batches.
    func expectNothingLeft(since before: NamespaceContents) throws(ConformanceError) {
        let leftovers = HostLeftovers(since: before)
        let deadline = ContinuousClock.now + .seconds(5)
        var left: [String] = []
        repeat {
            left = leftovers.list(in: try hostContents(), addresses: addresses)
            if left.isEmpty { return }
            _ = poll(nil, 0, 20)
        } while ContinuousClock.now < deadline && !stop.isMade
        expect(["left on the host: \(left.joined(separator: ", "))"])
    }
}
