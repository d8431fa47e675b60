import IPAMEngine
import JSON
import KubernetesAdapter

/// Objects of the cluster as tests write them.
extension Resource {
    /// - Precondition: The text is a JSON object.
    init(json: String) {
        guard let object = (try? JSONValue(parsing: Array(json.utf8), bytesMax: 1 << 20))?.object else {
            preconditionFailure("no JSON object: \(json)")
        }
        self.init(object)
    }
}

extension PodResource {
    /// - Parameters:
    ///   - annotations: The inside of a JSON object.
    ///   - spec: The same.
    ///   - status: The same.
    static func pod(
        _ name: String, in namespace: String = "shop", annotations: String = "", spec: String = "", status: String = "", more: String = ""
    ) -> PodResource {
        PodResource(
            json: #"""
                {"metadata":{"name":"\#(name)","namespace":"\#(namespace)","uid":"uid-\#(name)","annotations":{\#(annotations)}\#(more)},
                "spec":{\#(spec)},"status":{\#(status)}}
                """#)
    }
}

extension PodName {
    static func shop(_ name: String) -> PodName { PodName(namespace: "shop", name: name) }
}

let failure = KubernetesFailure(.broken, message: "cut", request: "GET /api/v1/pods")
