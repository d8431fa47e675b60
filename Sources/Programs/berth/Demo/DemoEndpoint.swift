import AWSClient
import SimulatedAWS

/// Where a demo serves the AWS of one of its nodes, and how programs are pointed at it.
struct DemoEndpoint: Sendable {
    var node: String
    var url: String
    var region: String
    /// What has to be entered first, as a line of a shell; nil when the address can be reached from anywhere on the machine.
    var entrance: String?

    /// Lines for a shell, and two commands to try.
    var directions: String {
        let key = SimulatedAWS.exampleKey
        let entrance = entrance.map { "\($0)\n" } ?? ""
        return """
            EC2 and the metadata of \(node), until Ctrl-C. In another terminal:

            \(entrance)export AWS_ENDPOINT_URL_EC2=\(url)
            export AWS_EC2_METADATA_SERVICE_ENDPOINT=\(url)
            export AWS_REGION=\(region) AWS_DEFAULT_REGION=\(region)
            export AWS_ACCESS_KEY_ID=\(key.accessKeyID)
            export AWS_SECRET_ACCESS_KEY=\(key.secretAccessKey)

            aws ec2 describe-network-interfaces --query 'NetworkInterfaces[].[NetworkInterfaceId,Status,PrivateIpAddress]' --output text
            curl -s -H "X-aws-ec2-metadata-token: $(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \\
              \(url)/latest/api/token)" \(url)/latest/meta-data/network/interfaces/macs/
            """
    }
}
