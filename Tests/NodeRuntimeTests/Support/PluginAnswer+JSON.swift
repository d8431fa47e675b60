import Addressing
import Foundation
import NodeRuntime

extension PluginAnswer {
    var text: String { String(decoding: output, as: UTF8.self) }
    private var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(output))) as? [String: Any] ?? [:] }
    var code: Int? { json["code"] as? Int }
    var message: String { json["msg"] as? String ?? "" }
    var details: String { json["details"] as? String ?? "" }
    var address: IPv4Address? {
        ((json["ips"] as? [[String: Any]])?.first?["address"] as? String).flatMap { IPv4CIDR($0) }?.network
    }
}
