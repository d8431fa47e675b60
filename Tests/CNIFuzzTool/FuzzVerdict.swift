import CNISpec
import JSON

/// What the reader made of an input, and whether it may.
struct FuzzVerdict {
    enum Outcome {
        case accepted
        case refused(code: Int)
    }

    let outcome: Outcome
    /// What is wrong with it; nil when nothing is.
    let fault: String?

    init(of input: FuzzInput) {
        do throws(CNIError) {
            let request = try CNIRequest(environment: input.environment, input: input.bytes)
            outcome = .accepted
            fault = Self.fault(of: request, read: input)
        } catch {
            outcome = .refused(code: error.code.rawValue)
            fault = Self.fault(of: error)
        }
    }

    /// Nothing of a configuration may be lost, whoever's key it is.
    private static func fault(of request: CNIRequest, read input: FuzzInput) -> String? {
        guard let configuration = request.configuration else { return nil }
        guard let document = try? JSONValue(parsing: input.bytes, bytesMax: input.bytes.count) else {
            return "a request was read from what is no JSON"
        }
        guard .object(configuration.json) == document else { return "the configuration is not what was read" }
        let bytes = document.bytes
        guard (try? JSONValue(parsing: bytes, bytesMax: bytes.count)) == document else { return "what is written is not read back" }
        return configuration.previousResult.flatMap { fault(of: $0, in: document) }
    }

    private static func fault(of previous: PreviousResult, in document: JSONValue) -> String? {
        guard previous.json == document["prevResult"] else { return "keys of prevResult are lost" }
        for version in CNIVersion.allCases {
            do {
                let written = try previous.result.json(in: version)
                let read = try CNIResult(parsing: written)
                if version == .newest, read != previous.result { return "prevResult is another when written and read in \(version)" }
            } catch let error as CNIError {
                guard version < .v030, previous.result.addresses.isEmpty else { return "\(version): \(error)" }
            } catch {
                return "what is written in \(version) cannot be read: \(error)"
            }
        }
        return nil
    }

    private static func fault(of error: CNIError) -> String? {
        let bytes = error.json.bytes
        guard let told = try? JSONValue(parsing: bytes, bytesMax: bytes.count), told["code"]?.integer == error.code.rawValue,
            let version = told["cniVersion"]?.string, CNIVersion(version) != nil, told["msg"]?.string?.isEmpty == false
        else { return "an error that no runtime can read: \(error)" }
        return nil
    }
}

extension CNIRequest {
    /// What was on standard input; nil for a command that does not ask.
    fileprivate var configuration: NetworkConfiguration? {
        switch self {
        case .add(let sandbox, _), .delete(let sandbox, _), .check(let sandbox, _, _): sandbox.configuration
        case .collectGarbage(let configuration, _), .status(let configuration): configuration
        case .version: nil
        }
    }
}
