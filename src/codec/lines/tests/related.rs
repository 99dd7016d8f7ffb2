//! The addresses and users that a message mentions.

use crate::codec::model::{addresses, users};

#[test]
fn addresses_in_messages() {
    let found = |message: &str| {
        let mut list = Vec::new();
        addresses(message, &mut list);
        list.join(" ")
    };
    for (message, expected) in [
        ("from 192.0.2.1 port 22", "192.0.2.1"),
        (
            "192.0.2.1:80, [192.0.2.2] (192.0.2.3) /192.0.2.4:50010.",
            "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4",
        ),
        ("192.0.2.1 again 192.0.2.1", "192.0.2.1"),
        ("It was 192.0.2.1. Then", "192.0.2.1"),
        (
            "192.0.2.1-192.0.2.9 and 10.0.0.0/8",
            "192.0.2.1 192.0.2.9 10.0.0.0",
        ),
        ("来自192.0.2.1的", "192.0.2.1"),
        ("src=2001:db8::1 dst=[2001:db8::2]:443", "2001:db8::1 2001:db8::2"),
        ("listening on ::1, ::ffff:192.0.2.1.", "::1 ::ffff:192.0.2.1"),
        (
            "[IPv6:2001:db8::1]: x, addr:fe80::1%eth0 fe80::2/64",
            "2001:db8::1 fe80::1 fe80::2",
        ),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("port:10.0.0.1:80", "10.0.0.1"),
        ("v4(eth1-:192.168.1.8)", "192.168.1.8"),
        // These texts are not addresses.
        (
            "1.2.3.4.5 1.2.3 v1.2.3.4 x1.2.3.4 1.2.3.4x lib-1.2.3.4 kb~1.2.3.4 1.2.3.4-5ubuntu 1.2.3.4.example",
            "",
        ),
        (
            "256.0.0.1 01.2.3.4 1234.1.1.1 1..2.3.4 version 0.0.0.6 Version: 1.2.3.4",
            "",
        ),
        (
            "99999999999999999999.1.1.1 1.1.1.99999999999999999999 . : :: ... ::: 1.",
            "",
        ),
        (
            "04:47:44 2016/9/27:20:30:31.455 std::a::b1 Foo::a1::b2 aa:bb:cc:dd:ee:ff 1:2:3:4:5:6:7:8:9",
            "",
        ),
        (
            "MAC=02:00:5e:00:00:01:02:00:5e:00:00:02:08:00 key 1f:22:33:44:05:66:07:88:99:a1:b2:c3:d4:e5:f6:07 wwn 21:00:00:24:ff:5e:00:01",
            "",
        ),
        ("http://example.com:80/a.b abc::defg fe80::1z", ""),
    ] {
        assert_eq!(found(message), expected, "{message}");
    }
    let many: Vec<_> = (0..1_000)
        .map(|n| format!("10.0.{}.{}", n / 250, n % 250))
        .collect();
    assert_eq!(found(&many.join(" ")).split(' ').count(), 256);
}

#[test]
fn users_in_messages() {
    let found = |message: &str| {
        let mut list = Vec::new();
        users(message, &mut list);
        list.join(" ")
    };
    for (message, expected) in [
        ("Accepted publickey for root from 192.0.2.1 port 22", "root"),
        (
            "Failed password for invalid user webmaster from 192.0.2.1",
            "webmaster",
        ),
        ("Failed password for invalid user user from 192.0.2.1", "user"),
        ("Invalid user test9 from 192.0.2.1", "test9"),
        ("Invalid user the admin from 192.0.2.1", "the admin"),
        ("Invalid user unknown from 192.0.2.1", "unknown"),
        ("Invalid user  0101 from 192.0.2.1", "0101"),
        ("input_userauth_request: invalid user 0 [preauth]", "0"),
        ("session opened for user cyrus by (uid=0)", "cyrus"),
        (
            "authentication failure; logname= uid=0 ruser= rhost=192.0.2.1  user=root",
            "root",
        ),
        (
            "root : TTY=pts/0 ; PWD=/root ; USER=bob ; COMMAND=/bin/ls",
            "root bob",
        ),
        (
            "session opened for user bob(uid=1000) by alice(uid=0)",
            "bob alice",
        ),
        ("session opened for user bob(uid=1000) by (uid=0)", "bob"),
        ("Login failed [user: admin] [Source: 192.0.2.9]", "admin"),
        ("Authentication Successful: username=bob MAC=1", "bob"),
        (
            "login: user=<jane.doe>, method=PLAIN; (user=\"John Doe\")",
            "jane.doe John Doe",
        ),
        (
            "Access denied for user 'app'@'localhost' (using password: YES)",
            "app",
        ),
        (
            r"User CORP\alice from 192.0.2.1 not allowed; user bob@example.com.",
            r"CORP\alice bob@example.com",
        ),
        ("for user bob, by user bob, of user BOB", "bob BOB"),
        ("user bob logged in; user eve - denied", "bob eve"),
        (
            "Connection reset by authenticating user root 192.0.2.1 port 22 [preauth]",
            "root",
        ),
        ("Received disconnect; user bob 2001:db8::1 port 22", "bob"),
        (
            "reason = Invalid password : user = bob : user IP = 192.0.2.9",
            "bob",
        ),
        ("UserName=bob, User: eve.", "bob eve"),
        ("Pubkey auth succeeded for 'root' with key", "root"),
        ("user é=1 user=é", "é"),
        // These texts name nobody.
        ("check pass; user unknown", ""),
        ("Loading user configuration: /x; user preferences saved", ""),
        ("new user: name=bob, UID=7", ""),
        ("user=[unknown] user=vpxuser:<no user>", ""),
        ("Invalid user  from 192.0.2.1", ""),
        (
            "Closed due to user request. No more user authentication methods",
            "",
        ),
        (
            "waiting for data from peer; for x fromage; users a; superuser b; x-user=c; /user d; user",
            "",
        ),
        ("user= user=, user=\"\" user - for  from", ""),
        ("x : y USER=; (uid=0) uid=0 euid=0 user: bob [user: ]", ""),
    ] {
        assert_eq!(found(message), expected, "{message}");
    }
    assert_eq!(found(&format!("for user {} end", "x".repeat(257))), "");
    assert_eq!(found(&format!("for user {} end", "x".repeat(256))).len(), 256);
}
