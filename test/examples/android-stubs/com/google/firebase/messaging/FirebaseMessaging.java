package com.google.firebase.messaging;

import com.google.android.gms.tasks.Task;

public class FirebaseMessaging {
    public static native FirebaseMessaging getInstance();
    public native Task<String> getToken();
}
