import CNISpec
import Conformance
import Glibc
import JSON

/// Other plugins beside the one under test.
extension Trial {
    /// The plugins at hand may be older than the newest version.
    var versionOfOthers: CNIVersion { min(version, .v100) }

    /// The file of another plugin, when it is in a folder of `CNI_PATH`.
    func neighbour(_ type: String) -> String? {
        plugin.cniPath.map { "\($0)/\(type)" }.first { access($0, X_OK) == 0 }
    }

    /// Lets the plugins before the one under test do their part in a sandbox, as a runtime does with a list.
    ///
    /// - Returns: The result of the last of them; nil where the plugin is driven alone.
    func addEarlier(_ sandbox: Sandbox) throws(ConformanceError) -> CNIResult? {
        var result: CNIResult?
        for configuration in plugin.earlier {
            let previous = result.flatMap { try? $0.json(in: versionOfOthers) }
            let call = try call(try request(.add, sandbox, of: configuration, previous: previous))
            guard call.isSuccess, let made = call.result else {
                throw ConformanceError("\(configuration.type), which stands before the plugin: \(call.ending)")
            }
            result = made
        }
        return result
    }

    func deleteEarlier(_ sandbox: Sandbox) {
        for configuration in plugin.earlier.reversed() {
            guard var request = try? request(.delete, sandbox, of: configuration) else { continue }
            request.limit = PluginUnderTest.deleteLimit
            if let child = try? launch(request) { _ = child.finish(within: request.limit) }
        }
    }

    private func request(
        _ command: CNICommand, _ sandbox: Sandbox, of configuration: DrivenConfiguration, previous: JSONValue? = nil
    ) throws(ConformanceError) -> Request {
        guard let path = neighbour(configuration.type) else {
            let folders = plugin.cniPath.joined(separator: ":")
            throw ConformanceError("\(configuration.type), which stands before the plugin, is not in \(folders)")
        }
        var request = request(command, sandbox)
        request.program = path
        request.configuration = configuration.object(in: versionOfOthers, previousResult: previous)
        return request
    }
}
