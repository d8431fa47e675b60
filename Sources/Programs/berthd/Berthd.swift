import ArgumentParser
import AsyncHTTPClient
import Hummingbird
import Logging
import ServiceLifecycle
import TextTable
import UnixSignals
import Yams
@main struct B { static func main() { } }
