import CNISpec
import JSON

/// One call to be made, which a row changes before it is made.
struct Request {
    var label: String
    var variables: [String: String]
    var configuration: JSONObject
    /// Sent instead of the configuration.
    var input: ChildProgram.Input?
    /// The namespace in which the plugin itself runs; nil for the runner's own.
    var hostPath: String?
    var program: String?
    var limit = PluginUnderTest.answerLimit

    var command: String { variables["CNI_COMMAND"] ?? "" }

    /// The version that is sent, when it is one that is spoken.
    var version: CNIVersion? {
        guard input == nil else { return nil }
        return configuration["cniVersion"]?.string.flatMap { CNIVersion($0) }
    }

    /// The same call with a variable set otherwise, or left out.
    func setting(_ name: String, _ value: String?) -> Request {
        var request = self
        request.variables[name] = value
        return request.labelled("with \(name) \(value.map { "\"\($0)\"" } ?? "left out")")
    }

    /// The same call with a member of the configuration set otherwise, or left out.
    func sending(_ name: String, _ value: JSONValue?) -> Request {
        var request = self
        request.configuration[name] = value
        return request
    }

    func sending(_ input: ChildProgram.Input) -> Request {
        var request = self
        request.input = input
        return request
    }

    /// The same call in words of its own, behind the command.
    func labelled(_ words: String) -> Request {
        var request = self
        request.label = "\(command.isEmpty ? "a call" : command) \(words)"
        return request
    }
}
