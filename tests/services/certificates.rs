//! Certificates for TLS tests with real servers, created by openssl.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Creates an authority (`ca`), a server certificate for `localhost` (`server`), a client certificate of the role `certified`
/// (`client`), and an authority that signed nothing (`other`), as `.crt` and `.key` files. Two more certificates have the server's key:
/// `old.crt` is of version 1, and `revoked.crt` is in the authority's list of revoked certificates, `ca.crl`.
pub fn make(folder: &Path) {
    let run = |arguments: &str| {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "openssl {arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    for authority in ["ca", "other"] {
        run(&format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.crt"
        ));
    }
    for (name, subject) in [("server", "localhost"), ("client", "certified")] {
        run(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={subject} -keyout {name}.key -out {name}.csr"
        ));
        fs::write(
            folder.join("extensions"),
            format!("subjectAltName=DNS:{subject}\n"),
        )
        .unwrap();
        run(&format!(
            "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out {name}.crt"
        ));
    }
    run("x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out old.crt");
    fs::write(folder.join("extensions"), "subjectAltName=DNS:localhost\n").unwrap();
    run(
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out revoked.crt",
    );
    let settings = "[ca]\ndefault_ca=all\n[all]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=2\n";
    fs::write(folder.join("ca.cnf"), settings).unwrap();
    fs::write(folder.join("index"), "").unwrap();
    fs::write(folder.join("number"), "01\n").unwrap();
    run("ca -config ca.cnf -keyfile ca.key -cert ca.crt -revoke revoked.crt");
    run("ca -config ca.cnf -keyfile ca.key -cert ca.crt -gencrl -out ca.crl");
}
