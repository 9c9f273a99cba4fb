extension ImageConfiguration {
  package struct KernelCommandLine: Hashable, Codable, Sendable {
    package enum CGroup: String, Codable, Sendable, CaseIterable {
      case one = "version_one"
      case two = "version_two"
      case unset = ""
    }
    package enum IMAPolicy: String, Codable, Sendable, CaseIterable {
      case tcb
      case appraiseTCB = "appraise_tcb"
      case secureBoot = "secure_boot"
      case unset = ""
    }
    package enum SELinux: String, Codable, Sendable, CaseIterable {
      case enforcing, permissive
      /// The kernel command line enforces it too.
      case forceEnforcing = "force_enforcing"
      case off = ""
    }

    package var cgroup: CGroup
    package var imaPolicy: [IMAPolicy]
    package var selinux: SELinux
    /// Package with the policy; empty: `selinux-policy`.
    package var selinuxPolicy: String
    package var fips: Bool
    package var extra: String

    enum CodingKeys: String, CodingKey {
      case cgroup = "CGroup"
      case imaPolicy = "ImaPolicy"
      case selinux = "SELinux"
      case selinuxPolicy = "SELinuxPolicy"
      case fips = "EnableFIPS"
      case extra = "ExtraCommandLine"
    }

    package var policyPackage: String { selinuxPolicy.isEmpty ? "selinux-policy" : selinuxPolicy }
    package var wantsFIPS: Bool { fips || extra.contains("fips=1") }
  }
}
