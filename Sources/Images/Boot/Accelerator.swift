/// What runs a guest's instructions.
package enum Accelerator: String, Codable, Sendable, CaseIterable {
  case kvm, tcg

  package var arguments: [String] {
    switch self {
    case .kvm: ["-accel", "kvm", "-cpu", "host"]
    case .tcg: ["-accel", "tcg,thread=multi", "-cpu", "max"]
    }
  }
}
