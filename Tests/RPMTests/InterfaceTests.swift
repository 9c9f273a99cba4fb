import AzureLinux
import Foundation
import RPM
import SystemPackage
import Testing

private let hasCompiler = FileManager.default.isExecutableFile(atPath: "/usr/bin/gcc")

/// Each kind of edit on a real library: what another build can see of its RPM, and what it cannot.
@Suite(.enabled(if: hasTools && hasCompiler, "rpmbuild and gcc make the packages"))
struct InterfaceTests {
  struct Edit: Sendable, CustomTestStringConvertible {
    var name: String
    var isSeen: Bool
    var change: @Sendable (inout Library) -> Void
    var testDescription: String { name }

    init(_ name: String, isSeen: Bool, _ change: @escaping @Sendable (inout Library) -> Void) {
      self.name = name
      self.isSeen = isSeen
      self.change = change
    }
  }

  static let edits: [Edit] = [
    Edit("a comment in the spec", isSeen: false) { $0.lines.append("# nothing") },
    Edit("a changelog entry", isSeen: false) { $0.changelog = "second" },
    Edit("summary, URL, licence", isSeen: false) {
      $0.summary = "Other words"
      $0.lines.append("URL: https://example.org")
    },
    Edit("a document", isSeen: false) { $0.document = "Other words." },
    Edit("a man page", isSeen: false) { $0.manual = ".TH OTHER 3" },
    Edit("a new document", isSeen: false) { $0.files.append("%doc MORE") },
    Edit("code behind the same symbols", isSeen: false) {
      $0.code +=
        "\nstatic int hidden(void) { return 3; }\nint (*keep)(void) __attribute__((visibility(\"hidden\"))) = hidden;"
    },
    Edit("what a function does", isSeen: false) { $0.code.replace("return 1;", with: "return 40 + 2;") },
    Edit("flags of the compiler", isSeen: false) { $0.flags = "-O0" },
    Edit("a symbol more", isSeen: true) { $0.code += "\nint more(void) { return 0; }" },
    Edit("a symbol less", isSeen: true) { $0.code.replace("int two(void) { return 2; }", with: "") },
    Edit("a symbol renamed", isSeen: true) { $0.code.replace("int two", with: "int zwei") },
    Edit("a function becomes weak", isSeen: true) {
      $0.code.replace("int two", with: "__attribute__((weak)) int two")
    },
    Edit("data of another size", isSeen: true) { $0.code.replace("table[4]", with: "table[5]") },
    Edit("data becomes read-only", isSeen: true) { $0.code.replace("int table", with: "const int table") },
    Edit("a symbol of another version", isSeen: true) { $0.map.replace("S_1", with: "S_2") },
    Edit("it needs another symbol", isSeen: true) {
      $0.code = "int abs(int);\n" + $0.code.replacing("return 1;", with: "return (int)(long)&abs;")
    },
    Edit("it needs another library", isSeen: true) { $0.flags += " -Wl,--no-as-needed -lm" },
    Edit("soname", isSeen: true) { $0.soname = "libsample.so.2" },
    Edit("a header", isSeen: true) { $0.header = "int one(void); /* says 1 */" },
    Edit("a pkg-config file", isSeen: true) { $0.pkgConfig = "Name: sample\nDescription: s\nVersion: 2\n" },
    Edit("a macro", isSeen: true) { $0.macros = "%sample other" },
    Edit("a document where programs look", isSeen: true) { $0.readme = "other" },
    Edit("a script", isSeen: true) { $0.script = "echo other" },
    Edit("a program", isSeen: true) { $0.program.replace("return 0", with: "return 1") },
    Edit("an object file", isSeen: true) { $0.object.replace("return 7", with: "return 8") },
    Edit("a module that programs load", isSeen: true) { $0.plugin.replace("return 5", with: "return 6") },
    Edit("a requirement", isSeen: true) { $0.lines.append("Requires: other") },
    Edit("a weak requirement", isSeen: true) { $0.lines.append("Recommends: other") },
    Edit("something provided", isSeen: true) { $0.lines.append("Provides: other") },
    Edit("a conflict", isSeen: true) { $0.lines.append("Conflicts: other") },
    Edit("release", isSeen: true) { $0.release = "2" },
    Edit("a scriptlet", isSeen: true) { $0.scripts = "%post -p /bin/sh\necho other" },
    Edit("a trigger", isSeen: true) { $0.scripts += "\n%triggerin -- other\necho triggered" },
    Edit("a file trigger", isSeen: true) { $0.scripts += "\n%filetriggerin -- /opt\necho triggered" },
    Edit("a mode", isSeen: true) { $0.files.append("%attr(0600, root, root) /etc/mode") },
    Edit("an owner", isSeen: true) { $0.files.append("%attr(0644, daemon, root) /etc/mode") },
    Edit("the target of a link", isSeen: true) { $0.link = "elsewhere" },
    Edit("a new file", isSeen: true) { $0.files.append("/etc/new") },
  ]

  @Test func eachKindOfEditCountsAsItShould() async throws {
    try await withPackages { packages in
      let plain = try await packages.build(Library().spec, into: "plain", target: "x86_64")
      let digest = try InterfaceDigest.of(rpm: plain)
      #expect(try InterfaceDigest.of(rpm: plain) == digest)
      for (number, edit) in Self.edits.enumerated() {
        var library = Library()
        edit.change(&library)
        try #require(library.spec != Library().spec, "\(edit.name) changes nothing")
        let rpm = try await packages.build(library.spec, into: "edit-\(number)", target: "x86_64")
        let isOther = try InterfaceDigest.of(rpm: rpm) != digest
        #expect(isOther == edit.isSeen, "\(edit.name)")
        // whatever counts here counts in the sharper comparison too
        if edit.isSeen { #expect(try NormalisedDigest.of(rpm: rpm) != NormalisedDigest.of(rpm: plain)) }
      }
    }
  }
}

/// A spec with one of each: a library with a version script, its header, a module, a program, an object, documents.
struct Library: Sendable {
  var summary = "A test library"
  var release = "1"
  var code = """
    int table[4] = { 1, 2, 3, 4 };
    int one(void) { return 1; }
    int two(void) { return 2; }
    """
  var map = "S_1 { global: one; two; zwei; more; table; local: *; };"
  var flags = "-O2"
  var soname = "libsample.so.1"
  var header = "int one(void);"
  var pkgConfig = "Name: sample\nDescription: s\nVersion: 1\n"
  var macros = "%sample first"
  var script = "echo first"
  var program = "int main(void) { return 0; }"
  var object = "int seven(void) { return 7; }"
  var plugin = "int five(void) { return 5; }"
  var document = "Words."
  var readme = "words"
  var manual = ".TH SAMPLE 3"
  var link = "somewhere"
  var changelog = "first"
  var scripts = "%post -p /bin/sh\necho installed"
  var lines: [String] = []
  var files: [String] = []

  var spec: String {
    """
    %global debug_package %{nil}
    Name: libsample
    Version: 1.0
    Release: \(release)
    Summary: \(summary)
    License: MIT
    \(lines.joined(separator: "\n"))
    %description
    A test package.
    %install
    cat > lib.c <<'END'
    \(code)
    END
    cat > lib.map <<'END'
    \(map)
    END
    cat > plugin.c <<'END'
    \(plugin)
    END
    cat > object.c <<'END'
    \(object)
    END
    cat > main.c <<'END'
    \(program)
    END
    root=%{buildroot}
    mkdir -p $root/usr/lib64/plugins $root/usr/bin $root/usr/include $root/usr/lib/rpm/macros.d $root/etc
    mkdir -p $root/usr/share/man/man3 $root/usr/lib64/pkgconfig
    gcc \(flags) -shared -fPIC -Wl,-soname,\(soname) -Wl,--version-script,lib.map -o $root/usr/lib64/libsample.so.1 lib.c
    gcc -O2 -shared -fPIC -o $root/usr/lib64/plugins/five.so plugin.c
    gcc -O2 -c -o $root/usr/lib64/object.o object.c
    gcc -O2 -o $root/usr/bin/sample main.c
    ln -s libsample.so.1 $root/usr/lib64/libsample.so
    printf '%s' '\(header)' > $root/usr/include/sample.h
    printf '%s' '\(pkgConfig)' > $root/usr/lib64/pkgconfig/sample.pc
    printf '%s\\n' '%\(macros)' > $root/usr/lib/rpm/macros.d/macros.sample
    printf '%s' '\(script)' > $root/usr/bin/script
    printf '%s' '\(readme)' > $root/etc/README
    printf '%s' '\(manual)' > $root/usr/share/man/man3/sample.3
    touch $root/etc/mode $root/etc/new
    ln -s \(link) $root/etc/link
    printf '%s' '\(document)' > WORDS
    printf '%s' 'more' > MORE
    \(files.contains { $0.hasSuffix("/etc/new") } ? "" : "rm $root/etc/new")
    \(scripts)
    %files
    %doc WORDS
    %doc /etc/README
    /usr/lib64/libsample.so*
    /usr/lib64/plugins
    /usr/lib64/object.o
    /usr/lib64/pkgconfig
    /usr/bin/*
    /usr/include/*
    /usr/lib/rpm/macros.d/*
    /usr/share/man/man3/*
    \(files.contains { $0.hasSuffix("/etc/mode") } ? "" : "/etc/mode")
    /etc/link
    \(files.joined(separator: "\n"))
    %changelog
    * Tue Nov 14 2023 A <a@example.org> - 1.0-1
    - \(changelog)
    """
  }
}
